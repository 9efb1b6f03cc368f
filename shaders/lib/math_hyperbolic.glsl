// Hyperbolic functions and their inverses; tanh_ is in math_exp.glsl.
#include "lib/math_log.glsl"

// (e^x - e^-x) / 2; below 1 an odd polynomial with relative error 2.4e-8 before rounding.
vec4 sinh_(vec4 x) {
    vec4 a = abs(x);
    vec4 square = a * a;
    vec4 q = (0.000203730335 * square + 0.00833027251) * square + 0.166667163;
    vec4 e = half_exp(a);
    vec4 y = mix(a + a * square * q, e - 0.25 / e, greaterThan(a, vec4(1.0)));
    return with_sign(y, x);
}

vec4 cosh_(vec4 x) {
    vec4 e = half_exp(abs(x));
    return e + 0.25 / e;
}

const float FAR = 268435456.0;  // 2^28: x^2 + 1 is x^2 from here on, and 2x needs care

// ln(a + sqrt(a^2 + 1)), written for log1p; for large a ln a + ln 2.
vec4 asinh_(vec4 x) {
    vec4 a = abs(x);
    bvec4 far = greaterThan(a, vec4(FAR));
    vec4 square = a * a;
    vec4 u = mix(a + square / (1.0 + sqrt(1.0 + square)), a, far);
    return with_sign(log1p_shifted(u, mix(vec4(0.0), vec4(1.0), far)), x);
}

// ln(x + sqrt(x^2 - 1)) with t = x - 1, which is exact near 1.
vec4 acosh_(vec4 x) {
    bvec4 far = greaterThan(x, vec4(FAR));
    vec4 t = x - 1.0;
    vec4 u = mix(t + sqrt(t * (t + 2.0)), x, far);
    vec4 y = log1p_shifted(u, mix(vec4(0.0), vec4(1.0), far));
    return mix(y, vec4(NOT_A_NUMBER), lessThan(x, vec4(1.0)));
}

// ln((1 + a) / (1 - a)) / 2
vec4 atanh_(vec4 x) {
    vec4 a = abs(x);
    vec4 twice = a + a;
    vec4 u = mix(twice + twice * a / (1.0 - a), twice / (1.0 - a), greaterThan(a, vec4(0.5)));
    vec4 y = 0.5 * log1p_shifted(u, vec4(0.0));
    return with_sign(mix(y, vec4(NOT_A_NUMBER), greaterThan(a, vec4(1.0))), x);
}
