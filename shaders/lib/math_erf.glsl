// The error function. Below 1.1 x (1 + p(x^2)); above, erfc is the eighth power of a polynomial, so that
// no exponential is needed.
#include "lib/math_bits.glsl"

vec4 erf(vec4 x) {
    vec4 a = abs(x);
    vec4 square = a * a;
    vec4 p = (7.23579651e-05 * square - 0.000782466552) * square + 0.00516772456;
    p = ((p * square - 0.0268435162) * square + 0.112833641) * square - 0.376126111;
    p = p * square + 0.128379166;
    vec4 u = min(a, 4.0) - 2.0;
    vec4 q = ((0.000160458279 * u - 0.000658625446) * u - 0.00278548594) * u + 0.0172098894;
    q = ((q * u + 0.0189364683) * u - 0.282427698) * u + 0.511392593;
    q *= q;
    q *= q;
    q *= q;
    return with_sign(mix(a * (1.0 + p), 1.0 - q, greaterThan(a, vec4(1.1))), x);
}
