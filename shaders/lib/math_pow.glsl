// x^y = 2^(y log2 x). The exponent reaches 128, so the logarithm and the product are carried in two parts,
// split by masks.
#include "lib/math_log.glsl"

const float LOG2_E_HI = 1.44287109;  // 12 bits
const float LOG2_E_LO = -0.000176052854;

// log2 x for normal x > 0 as high + low: high has 12 bits, the sum about 28.
vec4 log2_high(vec4 x, out vec4 low) {
    vec4 k;
    vec4 f = log_reduce(x, k);
    vec4 f_high = leading_bits(f);
    vec4 f_low = f - f_high;
    vec4 tail = f * f * f * log_tail(f);
    vec4 ln_high = leading_bits(f - (0.5 * f * f - tail));
    vec4 ln_low = ((f_high - ln_high) - 0.5 * f_high * f_high) + (f_low - 0.5 * f_low * (f + f_high) + tail);
    vec4 product = ln_high * LOG2_E_HI;  // exact
    vec4 rest = ln_high * LOG2_E_LO + ln_low * LOG2_E;
    vec4 high = leading_bits(k + (product + rest));
    low = ((k - high) + product) + rest;
    return high;
}

// 2^r for |r| <= 0.51; relative error 3e-9 before rounding.
vec4 exp2_fraction(vec4 r) {
    vec4 q = (0.000153271962 * r + 0.00133910251) * r + 0.0096185049;
    q = ((q * r + 0.0555035956) * r + 0.240226477) * r + 0.693147182;
    return 1.0 + r * q;
}

// x^y for x normal, zero or infinite, without sign, and any y that is not NaN.
vec4 pow_magnitude(vec4 x, vec4 y) {
    vec4 low;
    vec4 high = log2_high(x, low);
    vec4 y_high = leading_bits(y);
    vec4 product = y_high * high;  // exact
    vec4 rest = y * low + (y - y_high) * high;
    vec4 n = roundEven(product + rest);
    ivec4 bits = floatBitsToInt(exp2_fraction((product - n) + rest)) + (ivec4(n) << 23);
    vec4 p = mix(intBitsToFloat(bits), vec4(INFINITE), greaterThanEqual(bits, ivec4(BITS_INF)));
    vec4 log2_x = mix(high + low, vec4(INFINITE), is_inf(x));
    vec4 exponent = y * mix(log2_x, vec4(-INFINITE), lessThan(floatBitsToInt(x), ivec4(BITS_MIN_NORMAL)));
    p = mix(p, vec4(INFINITE), greaterThan(exponent, vec4(128.4)));
    p = mix(p, vec4(0.0), lessThan(exponent, vec4(-126.4)));
    return mix(p, vec4(1.0), equal(x, vec4(1.0)));
}

// As in C99: x^0 = 1^y = 1 even for NaN, (-1)^(+-inf) = 1, a negative finite base with a fractional
// exponent gives NaN, an odd exponent keeps the sign of the base, also of -0 and -inf.
vec4 pow_(vec4 x, vec4 y) {
    vec4 p = pow_magnitude(abs(x), y);
    vec4 half_y = 0.5 * y;
    vec4 whole = mix(p, with_sign(p, x), notEqual(floor(half_y), half_y));
    uvec4 above_negative_normal = floatBitsToUint(x) - 0x80800000u;
    vec4 fractional = mix(p, vec4(NOT_A_NUMBER), lessThan(above_negative_normal, uvec4(0x7f000000u)));
    p = mix(fractional, whole, equal(floor(y), y));
    p = mix(p, vec4(NOT_A_NUMBER), is_nan(x));
    p = mix(p, vec4(NOT_A_NUMBER), is_nan(y));
    p = mix(p, vec4(1.0), equal(x, vec4(1.0)));
    return mix(p, vec4(1.0), equal(y, vec4(0.0)));
}
