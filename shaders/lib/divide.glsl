// Remainders that take the sign of the divisor, and quotients rounded down; both exact.
#ifndef DIVIDE
#define DIVIDE
#include "lib/math_bits.glsl"

// a mod b for finite a >= 0 and normal b > 0. Multiples q b 2^k with q <= 2^11 are subtracted in two exact parts, the largest
// first; each time both numbers are scaled so that a lies in [1, 2), which keeps the parts clear of denormals.
vec4 remainder(vec4 a, vec4 b) {
    for (int i = 0; i < 30 && any(greaterThanEqual(a, b)); i++) {
        ivec4 e = (floatBitsToInt(a) >> 23) - 127;
        ivec4 k = max(e + 127 - (floatBitsToInt(b) >> 23) - 10, ivec4(0));
        vec4 unit = intBitsToFloat(floatBitsToInt(a) - (e << 23));
        vec4 s = intBitsToFloat(floatBitsToInt(b) + ((k - e) << 23));
        vec4 q = floor(unit / s);
        vec4 high = leading_bits(s);
        vec4 r = (unit - q * high) - q * (s - high);
        r = mix(r, r + s, lessThan(r, vec4(0.0)));  // the quotient may be rounded up
        a = mix(a, r * power_of_two(vec4(e)), greaterThanEqual(a, b));
    }
    return a;
}

vec4 mod_(vec4 a, vec4 b) {
    bvec4 legal = bvec4(ivec4(is_finite(a)) * ivec4(greaterThanEqual(abs(b), vec4(intBitsToFloat(BITS_MIN_NORMAL)))));
    vec4 size = mix(vec4(1.0), abs(b), legal);
    vec4 r = remainder(mix(vec4(0.0), abs(a), legal), size);
    bvec4 turned = notEqual(lessThan(a, vec4(0.0)), lessThan(b, vec4(0.0)));
    r = mix(r, size - r, bvec4(ivec4(turned) * ivec4(notEqual(r, vec4(0.0)))));
    return mix(vec4(NOT_A_NUMBER), with_sign(r, b), legal);
}

vec4 floor_div(vec4 a, vec4 b) { return roundEven((a - mod_(a, b)) / b); }

#endif
