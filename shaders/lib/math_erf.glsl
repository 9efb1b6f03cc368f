// The error function. Below 0.9 x (1 + p(x^2)); above, erfc is the eighth power of a polynomial, so that no exponential is needed.
#ifndef MATH_ERF
#define MATH_ERF
#include "lib/math_bits.glsl"

vec4 erf(vec4 x) {
    vec4 a = abs(x);
    vec4 square = a * a;
    vec4 p = (((-0.000581123226 * square + 0.00495583285) * square - 0.0267394762) * square + 0.112810135) * square;
    p = (p - 0.376124114) * square + 0.128379136;
    vec4 u = min(a, 4.0) - 2.0;
    vec4 q = ((0.000137421957 * u - 0.000692866161) * u - 0.00278196926) * u + 0.0172328707;
    q = ((q * u + 0.0189437588) * u - 0.282428741) * u + 0.511392236;
    q *= q;
    q *= q;
    q *= q;
    return with_sign(mix(a * (1.0 + p), 1.0 - q, greaterThan(a, vec4(0.9))), x);
}

#endif
