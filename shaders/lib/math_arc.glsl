// Inverse trigonometric functions.
#include "lib/math_bits.glsl"

const float PI = 3.14159274;
const float HALF_PI = 1.57079637;

// atan z for 0 <= z <= 1; relative error 1.7e-8 before rounding.
vec4 atan_fraction(vec4 z) {
    vec4 square = z * z;
    vec4 q = ((0.00291976007 * square - 0.0163642447) * square + 0.0432059765) * square - 0.0755172893;
    q = (((q * square + 0.106657863) * square - 0.142110035) * square + 0.199937671) * square - 0.333331525;
    return z + z * square * q;
}

vec4 atan_(vec4 x) {
    vec4 a = abs(x);
    bvec4 steep = greaterThan(a, vec4(1.0));
    vec4 y = atan_fraction(mix(a, 1.0 / a, steep));
    return with_sign(mix(y, HALF_PI - y, steep), x);
}

// The angle of (x, y). Magnitudes are ordered as integers, which takes a NaN for the largest.
vec4 atan2(vec4 y, vec4 x) {
    ivec4 y_bits = floatBitsToInt(y) & BITS_MAGNITUDE;
    ivec4 x_bits = floatBitsToInt(x) & BITS_MAGNITUDE;
    vec4 small = intBitsToFloat(min(y_bits, x_bits));
    vec4 large = intBitsToFloat(max(y_bits, x_bits));
    vec4 z = mix(small / large, vec4(0.0), equal(large, vec4(0.0)));
    z = mix(z, vec4(1.0), equal(small, vec4(INFINITE)));
    z = mix(z, large, is_nan(large));
    vec4 a = atan_fraction(z);
    a = mix(a, HALF_PI - a, greaterThan(y_bits, x_bits));
    a = mix(a, PI - a, lessThan(floatBitsToInt(x), ivec4(0)));
    return with_sign(a, y);
}

// asin of the smaller of a and sqrt((1 - a) / 2), for 0 <= a <= 1; relative error 5e-9 before rounding.
vec4 asin_fraction(vec4 a, bvec4 large) {
    vec4 square = mix(a * a, 0.5 * (1.0 - a), large);
    vec4 s = mix(a, sqrt(square), large);
    vec4 q = ((0.0421583056 * square + 0.0241847783) * square + 0.0454691499) * square + 0.0749530941;
    return s + s * square * (q * square + 0.166667521);
}

vec4 asin_(vec4 x) {
    vec4 a = abs(x);
    bvec4 large = greaterThan(a, vec4(0.5));
    vec4 p = asin_fraction(a, large);
    vec4 y = mix(p, HALF_PI - 2.0 * p, large);
    return with_sign(mix(y, vec4(NOT_A_NUMBER), greaterThan(a, vec4(1.0))), x);
}

vec4 acos_(vec4 x) {
    vec4 a = abs(x);
    bvec4 large = greaterThan(a, vec4(0.5));
    vec4 p = asin_fraction(a, large);
    vec4 positive = mix(HALF_PI - p, 2.0 * p, large);
    vec4 negative = mix(HALF_PI + p, PI - 2.0 * p, large);
    vec4 y = mix(positive, negative, lessThan(x, vec4(0.0)));
    return mix(y, vec4(NOT_A_NUMBER), greaterThan(a, vec4(1.0)));
}
