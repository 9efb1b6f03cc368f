// What softmax needs to know of a row of n texels: its largest element, and the sum of e^(x - largest). Found in one
// walk, each lane for itself: a larger element shrinks the sum so far.
#ifndef SOFTMAX
#define SOFTMAX
#include "lib/math_exp.glsl"
#include "lib/math_log.glsl"
#include "lib/math_order.glsl"
#define CHUNK 8  // texels that share a correction of the sum

uniform int n;      // texels in each row
uniform int lanes;  // elements in the last of them

vec4 top;           // largest so far
vec4 sum;           // of e^(x - top)

// e^x for x <= 0 or NaN.
vec4 falling_exp(vec4 x) { return exp_shifted(x, 0.0); }

// Where all is -inf so far nothing is subtracted: inf - inf would be NaN, and the next part may be finite.
vec4 shift_of(vec4 x) { return mix(x, vec4(0.0), equal(x, vec4(-INFINITE))); }

void walk(int at, int first, int last) {
    top = vec4(-INFINITE);
    sum = vec4(0.0);
    int i = first;
    for (; i + CHUNK < last; i += CHUNK) {
        vec4 v[CHUNK];
        vec4 highest = top;
        for (int k = 0; k < CHUNK; k++) v[k] = logits_at(at + i + k);
        for (int k = 0; k < CHUNK; k++) highest = max_(highest, v[k]);
        vec4 shift = shift_of(highest), part = vec4(0.0);
        for (int k = 0; k < CHUNK; k++) part += falling_exp(v[k] - shift);
        sum = sum * falling_exp(top - shift) + part;
        top = highest;
    }
    for (; i < last; i++) {
        vec4 v = logits_at(at + i);
        if (i == n - 1) v = mix(v, vec4(-INFINITE), lessThanEqual(ivec4(lanes), ivec4(0, 1, 2, 3)));
        vec4 highest = max_(top, v), shift = shift_of(highest);
        sum = sum * falling_exp(top - shift) + falling_exp(v - shift);
        top = highest;
    }
}

// Of all lanes: the largest, the sum, its logarithm, its reciprocal. A row of nothing but -inf gives NaN.
vec4 row_stats() {
    vec4 highest = max_(top, top.zwxy);
    highest = max_(highest, highest.yxwz);
    float total = dot(sum * falling_exp(top - highest), vec4(1.0));
    return vec4(highest.x, total, log_(vec4(total)).x, 1.0 / total);
}

#endif
