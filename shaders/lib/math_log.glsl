// Logarithms. x = 2^k (1 + f) with 1 + f in [2/3, 4/3), ln x = k ln 2 + ln(1 + f).
#ifndef MATH_LOG
#define MATH_LOG
#include "lib/math_exp.glsl"

// f and k of a normal x > 0; nonsense for others.
vec4 log_reduce(vec4 x, out vec4 k) {
    ivec4 bits = floatBitsToInt(x) - 0x3f2aaaab;
    k = vec4(bits >> 23);
    return intBitsToFloat((bits & 0x007fffff) + 0x3f2aaaab) - 1.0;
}

// (ln(1 + f) - f + f^2/2) / f^3 for |f| <= 1/3; ln(1 + f) then has the relative error 9e-10 before rounding.
vec4 log_tail(vec4 f) {
    vec4 p = ((0.119584657 * f - 0.128301173) * f + 0.10769555) * f - 0.121994175;
    p = ((p * f + 0.143027171) * f - 0.166792959) * f + 0.199996814;
    return (p * f - 0.249998271) * f + 0.333333343;
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

// ln(1 + x) + shift ln 2. Where 1 + x needs no exponent, f is x itself; elsewhere the rounding of 1 + x costs 1.5 ulp.
vec4 log1p_shifted(vec4 x, vec4 shift) {
    vec4 k;
    vec4 u = 1.0 + x;
    vec4 f = log_reduce(u, k);
    f = mix(f, x, equal(k, vec4(0.0)));
    return log_specials(log_sum(f, k + shift), u);
}

vec4 log1p(vec4 x) { return mix(log1p_shifted(x, vec4(0.0)), x, equal(x, vec4(0.0))); }

// ln(1 + e^x)
vec4 softplus(vec4 x) { return max(x, 0.0) + log1p_shifted(exp_(-abs(x)), vec4(0.0)); }

#endif
