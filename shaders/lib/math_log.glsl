// Logarithms. x = 2^k (1 + f) with 1 + f in [0.6875, 1.375), ln x = k ln 2 + ln(1 + f).
#include "lib/math_exp.glsl"

// f and k of a normal x > 0; nonsense for others.
vec4 log_reduce(vec4 x, out vec4 k) {
    ivec4 bits = floatBitsToInt(x) - 0x3f300000;
    k = vec4(bits >> 23);
    return intBitsToFloat((bits & 0x007fffff) + 0x3f300000) - 1.0;
}

// (ln(1 + f) - f + f^2/2) / f^3 for f in [-0.3125, 0.375]; ln(1 + f) then has the relative error 8e-10
// before rounding.
vec4 log_tail(vec4 f) {
    vec4 p = ((0.0881465971 * f - 0.124946654) * f + 0.115047663) * f - 0.122592188;
    p = ((p * f + 0.1424454) * f - 0.166761145) * f + 0.200014293;
    return (p * f - 0.249998748) * f + 0.333333194;
}

vec4 log_sum(vec4 f, vec4 k) {
    vec4 square = f * f;
    vec4 small = (f * square * log_tail(f) + k * LN2_LO) - 0.5 * square;
    return (f + small) + k * LN2_HI;
}

// ln x is y for normal x > 0, else -inf at zero (and at denormals), NaN below, x itself for inf and NaN.
vec4 log_specials(vec4 y, vec4 x) {
    ivec4 bits = floatBitsToInt(x);
    y = mix(y, x, greaterThanEqual(bits, ivec4(BITS_INF)));
    y = mix(y, vec4(NOT_A_NUMBER), lessThan(bits, ivec4(0)));
    return mix(y, vec4(-INFINITE), lessThan(bits & BITS_MAGNITUDE, ivec4(BITS_MIN_NORMAL)));
}

vec4 log_(vec4 x) {
    vec4 k;
    vec4 f = log_reduce(x, k);
    return log_specials(log_sum(f, k), x);
}

// ln(1 + x) + shift ln 2. The rounding of 1 + x is avoided: 1 + f = (1 + x) / 2^k, so f = x / 2^k + (1 /
// 2^k - 1), where the bracket is exact up to k = 24. A compiler that adds in another order costs 1.5 ulp;
// k = 0, where it would cost all, is apart.
vec4 log1p_shifted(vec4 x, vec4 shift) {
    vec4 k;
    vec4 u = 1.0 + x;
    vec4 f = log_reduce(u, k);
    vec4 scale = intBitsToFloat(0x3f800000 - (ivec4(k) << 23));
    f = mix(x * scale + (scale - 1.0), f, greaterThan(k, vec4(24.0)));
    f = mix(f, x, equal(k, vec4(0.0)));
    return log_specials(log_sum(f, k + shift), u);
}

vec4 log1p(vec4 x) { return mix(log1p_shifted(x, vec4(0.0)), x, equal(x, vec4(0.0))); }

// ln(1 + e^x) = max(x, 0) + ln(1 + e) with e = e^-|x|: at most 1, so that k is 0 or 1.
vec4 softplus(vec4 x) {
    vec4 e = exp_shifted(-abs(x), 0.0);
    bvec4 large = greaterThan(e, vec4(0.375));
    vec4 y = log_sum(mix(e, 0.5 * e - 0.5, large), mix(vec4(0.0), vec4(1.0), large));
    return mix(max(x, 0.0) + y, x, is_nan(x));
}
