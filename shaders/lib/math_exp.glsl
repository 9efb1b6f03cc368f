// Exponentials. x = k ln 2 + r, e^x = 2^k e^r; ln 2 is split so that k * LN2_HI is exact, fused or not.
#ifndef MATH_EXP
#define MATH_EXP
#include "lib/math_bits.glsl"

const float LN2_HI = 0.693359375;       // 10 bits
const float LN2_LO = -0.000212194442;
const float LOG2_E = 1.44269502;
const float EXP_OVERFLOW = 88.7228394;  // e^x is infinite above
const float EXP_UNDERFLOW = -87.3365479; // and below the smallest normal number here: flushed to zero

// e^r for r in [-0.001, 0.695], exactly 1 at 0; relative error 3e-9 before rounding.
vec4 exp_fraction(vec4 r) {
    vec4 q = (((0.00191447139 * r + 0.00786507875) * r + 0.0418569706) * r + 0.16663143) * r + 0.500002325;
    return 1.0 + (r + r * r * q);
}

// The fraction keeps k at most 127 for every finite result; the constant is rounded down for the same reason.
vec4 exp_(vec4 x) {
    vec4 k = floor(x * 1.4426949);
    vec4 y = exp_fraction((x - k * LN2_HI) - k * LN2_LO) * power_of_two(k);
    y = mix(y, vec4(0.0), lessThan(x, vec4(EXP_UNDERFLOW)));
    return mix(y, vec4(INFINITE), greaterThan(x, vec4(EXP_OVERFLOW)));
}

// e^x / 2 for x >= 0, finite up to 89.4159: what sinh and cosh are made of.
vec4 half_exp(vec4 x) {
    vec4 k = floor(x * 1.4426949);
    vec4 y = exp_fraction((x - k * LN2_HI) - k * LN2_LO) * power_of_two(k - 1.0);
    return mix(y, vec4(INFINITE), greaterThan(x, vec4(89.415985)));
}

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

vec4 sigmoid(vec4 x) { return 1.0 / (1.0 + exp_(-x)); }

// (1 - e) / (1 + e) with e = e^(-2|x|), through e - 1 so that small x keep their digits.
vec4 tanh_(vec4 x) {
    vec4 a = -2.0 * abs(x);
    vec4 k = roundEven(max(a, -30.0) * LOG2_E);
    vec4 p = expm1_fraction((a - k * LN2_HI) - k * LN2_LO);
    vec4 s = power_of_two(k);
    vec4 t = mix(s * p + (s - 1.0), p, equal(k, vec4(0.0)));
    vec4 y = mix(-t / (t + 2.0), vec4(1.0), lessThan(a, vec4(-20.0)));
    return with_sign(abs(y), x);
}

#endif
