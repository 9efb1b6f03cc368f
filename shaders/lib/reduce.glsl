// What the reductions share: how two texels combine, what is neutral to that, and the fold over a range of texels.
// Structure: OP (SUM, PROD, MAX, MIN, ALL, ANY); INTEGER: accumulate in ivec4; MASKED: the last of the `n` texels of a
// row holds only `lanes` elements, and zeros are not neutral.
#ifndef REDUCE
#define REDUCE
#include "lib/math_order.glsl"
#define SUM 0
#define PROD 1
#define MAX 2
#define MIN 3
#define ALL 4
#define ANY 5

#if INTEGER
#define ACC ivec4
#else
#define ACC vec4
#endif

#if OP == SUM
const ACC NEUTRAL = ACC(0);
ACC combine(ACC a, ACC b) { return a + b; }
#elif OP == PROD
const ACC NEUTRAL = ACC(1);
ACC combine(ACC a, ACC b) { return a * b; }
#elif OP == ALL
const ACC NEUTRAL = ACC(1);
ACC combine(ACC a, ACC b) { return a & b; }
#elif OP == ANY
const ACC NEUTRAL = ACC(0);
ACC combine(ACC a, ACC b) { return a | b; }
#elif OP == MAX && INTEGER
const ACC NEUTRAL = ACC(-2147483647 - 1);
ACC combine(ACC a, ACC b) { return max(a, b); }
#elif OP == MAX
#define NEUTRAL ACC(-INFINITE)
ACC combine(ACC a, ACC b) { return max_(a, b); }
#elif INTEGER
const ACC NEUTRAL = ACC(2147483647);
ACC combine(ACC a, ACC b) { return min(a, b); }
#else
#define NEUTRAL ACC(INFINITE)
ACC combine(ACC a, ACC b) { return min_(a, b); }
#endif

uniform int n;          // texels to reduce in each row
uniform int lanes;      // elements in the last of them
uniform float divisor;  // of a mean: what the sum is divided by

// ACC texel(int t): a texel of x, or what a chain computes in its place. A mean of integers is taken in floats.
#include <texel>

// The texels `at + i * stride` for i in [first, last). In blocks: the error of a long sum grows with the sum's root.
ACC fold(int at, int stride, int first, int last) {
    ACC total = NEUTRAL;
#ifdef MASKED
    if (last == n && first < n) {
        last--;
        total = texel(at + last * stride);
        for (int k = 0; k < 4; k++) total[k] = k < lanes ? total[k] : NEUTRAL[k];
    }
#endif
    int t = at + first * stride, end = at + last * stride;
    while (t < end) {
        ACC block = NEUTRAL;
        int stop = min(t + 32 * stride, end);
        for (; t < stop; t += stride) block = combine(block, texel(t));
        total = combine(total, block);
    }
    return total;
}

ACC finish(ACC v) {
#if OP == SUM && !INTEGER
    return v / divisor;
#else
    return v;
#endif
}

#endif
