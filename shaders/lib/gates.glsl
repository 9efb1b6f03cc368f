// Gates: blocks of `units` elements side by side in a row. A block begins within a texel where units % 4 != 0.
// GATES: how many there are; ACT and GATE: the activations.
#ifndef GATES_GLSL
#define GATES_GLSL
#include "lib/math_exp.glsl"
#include "lib/math_order.glsl"

uniform int units, time, steps;

vec4 linear(vec4 x) { return x; }
vec4 hard_sigmoid(vec4 x) { return clamp_(0.2 * x + 0.5, vec4(0.0), vec4(1.0)); }

// The four elements that begin `off` lanes into a.
vec4 straddle(vec4 a, vec4 b, int off) {
    if (off == 1) return vec4(a.yzw, b.x);
    if (off == 2) return vec4(a.zw, b.xy);
    return off == 3 ? vec4(a.w, b.xyz) : a;
}

// Texel j of block g of the row that begins at texel `at`, through the accessor `read`.
#ifdef ALIGNED
#define BLOCK(read, at, g, j) read((at) + (g) * (units >> 2) + (j))
#else
#define BLOCK(read, at, g, j) straddle(read((at) + (((g) * units) >> 2) + (j)), \
    read((at) + (((g) * units) >> 2) + (j) + 1), ((g) * units) & 3)
#endif

#endif
