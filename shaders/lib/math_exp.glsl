// Exponentials. x = k ln 2 + r, e^x = 2^k e^r; ln 2 is split so that k * LN2_HI is exact, fused or not.
#include "lib/math_bits.glsl"

const float LN2_HI = 0.693359375;       // 10 bits
const float LN2_LO = -0.000212194442;
const float LOG2_E = 1.44269502;
const float EXP_OVERFLOW = 88.7228317;    // e^x is infinite above
const float EXP_UNDERFLOW = -87.3365479;  // and below the smallest normal number here: flushed to zero

// e^r for |r| <= 0.348, exactly 1 at 0; relative error 3e-9 before rounding.
vec4 exp_fraction(vec4 r) {
    vec4 q = (((0.00138199097 * r + 0.00836887676) * r + 0.041668281) * r + 0.166665196) * r + 0.49999994;
    return 1.0 + (r + r * r * q);
}

// 2^shift e^x while the result is a normal number; 0 where e^x is not. 2^k is added to the exponent, since
// k may be 128.
vec4 exp_shifted(vec4 x, float shift) {
    vec4 k = roundEven(x * LOG2_E);
    vec4 p = exp_fraction((x - k * LN2_HI) - k * LN2_LO);
    vec4 y = intBitsToFloat(floatBitsToInt(p) + (ivec4(k + shift) << 23));
    return mix(mix(y, vec4(0.0), lessThan(x, vec4(EXP_UNDERFLOW))), x, is_nan(x));
}

vec4 exp_(vec4 x) { return mix(exp_shifted(x, 0.0), vec4(INFINITE), greaterThan(x, vec4(EXP_OVERFLOW))); }

// e^x / 2 for x >= 0, finite up to 89.4159: what sinh and cosh are made of.
vec4 half_exp(vec4 x) { return mix(exp_shifted(x, -1.0), vec4(INFINITE), greaterThan(x, vec4(89.415985))); }

// e^r - 1 for |r| <= 0.35; relative error 1.5e-8 before rounding.
vec4 expm1_fraction(vec4 r) {
    vec4 q = (((0.00138718798 * r + 0.00836687628) * r + 0.0416674316) * r + 0.16666542) * r + 0.49999997;
    return r + r * r * q;
}

// e^x - 1. Half of 2^k is used, since k may be 128.
vec4 expm1(vec4 x) {
    vec4 k = roundEven(x * LOG2_E);
    vec4 p = expm1_fraction((x - k * LN2_HI) - k * LN2_LO);
    vec4 s = power_of_two(k - 1.0);
    vec4 y = 2.0 * (s * p + (s - 0.5));
    y = mix(y, p, equal(k, vec4(0.0)));  // exact, whatever the compiler makes of the sum above
    y = mix(y, x, equal(x, vec4(0.0)));  // -0
    y = mix(y, vec4(-1.0), lessThan(x, vec4(-20.0)));
    return mix(y, vec4(INFINITE), greaterThan(x, vec4(EXP_OVERFLOW)));
}

// 1 / (1 + e^-x), for negative x as e^x / (1 + e^x): the exponential is at most 1.
vec4 sigmoid(vec4 x) {
    vec4 e = exp_shifted(-abs(x), 0.0);
    return mix(vec4(1.0), e, lessThan(x, vec4(0.0))) / (1.0 + e);
}

// With e = e^(-2|x|): (1 - e) / (1 + e), through e - 1 so that small x keep their digits; above 0.7 as 1 -
// 2e / (1 + e), where the error of the quotient counts less.
vec4 tanh_(vec4 x) {
    vec4 a = -2.0 * abs(x);
    bvec4 large = lessThan(a, vec4(-1.4));
    vec4 k = roundEven(max(a, -30.0) * LOG2_E);
    vec4 p = expm1_fraction((a - k * LN2_HI) - k * LN2_LO);
    vec4 s = power_of_two(k);
    vec4 t = mix(s * p + (s - 1.0), p, equal(k, vec4(0.0)));
    vec4 y = mix(-t, 2.0 * (s * p + s), large) / (t + 2.0);
    y = mix(mix(y, 1.0 - y, large), vec4(1.0), lessThan(a, vec4(-20.0)));
    return with_sign(abs(y), x);
}
