// A step of a recurrent layer for four units of one example, or of EXAMPLES neighbours, which share what is read of weights.
// What steps leave lies in blocks of lines of two texture arrays, `before` among them, EXAMPLES layers for each quantity:
// texel `group * columns + j` of a block is unit 4 j of the examples of a group, a layer each.
// LAYERS: how many there are; ALL: the gates of the cell; GATES: those that are multiplied, with PRODUCT in a pass before
// (kernels/recurrent_product.glsl); ACT and GATE: the activations; MASK: where the mask is false nothing happens.
#include "lib/layout.glsl"
#include <inputs>
#if defined(GATES) && !defined(PRODUCT)
#include "lib/recurrent_weights.glsl"
#else
uniform int from, units, columns;
#endif
#include "lib/math_exp.glsl"
#include "lib/math_order.glsl"

#ifndef EXAMPLES
#define EXAMPLES 1
#endif
layout(location = 0) out vec4 block[LAYERS * EXAMPLES];

uniform int grid_shift;   // log2 of the width of the arrays
uniform int start;        // texel at which this block begins
uniform int time, steps;

vec4 linear(vec4 x) { return x; }
vec4 hard_sigmoid(vec4 x) { return clamp_(0.2 * x + 0.5, vec4(0.0), vec4(1.0)); }

int group, j;             // this fragment's
int which, row, texel;    // the example in the group and in the batch, and the texel of [batch, steps, units] for it

void set_example(int number) {
    which = number;
    row = group * EXAMPLES + number;
    texel = (row * steps + time) * columns + j;
}

void begin() {
    int t = (int(gl_FragCoord.y) << grid_shift) + int(gl_FragCoord.x) - start;
    group = quotient(t, columns);
    j = t - group * columns;
    set_example(0);
}

// A layer of the block before.
vec4 left(int layer) { return before_at(layer * EXAMPLES + which, from + group * columns + j); }

// Texel for gate g of a tensor [batch, steps, ALL, units].
#ifdef ALL
int of_gate(int g) { return ((row * steps + time) * ALL + g) * columns + j; }
#endif

#if defined(PRODUCT)
uniform int groups;       // examples in a layer of `product`

vec4 product(int g) {
    int band = quotient(row, groups);
    return product_at(band, ((row - band * groups) * GATES + g) * columns + j);
}
#elif defined(GATES) && EXAMPLES > 1
vec4 products[EXAMPLES * GATES];  // every index is a constant, so that they are registers

#define CLEAR(g) for (int e = 0; e < EXAMPLES; e++) products[e * GATES + g] = vec4(0.0);
#define STATE(e) states[e] = before_at(e, at + step);
#define ADD(e, g) products[e * GATES + g] += rows * states[e];
#if EXAMPLES == 2
#define EACH_EXAMPLE(F) F(0) F(1)
#define ADD_ALL(g) ADD(0, g) ADD(1, g)
#else
#define EACH_EXAMPLE(F) F(0) F(1) F(2) F(3)
#define ADD_ALL(g) ADD(0, g) ADD(1, g) ADD(2, g) ADD(3, g)
#endif
#define MULTIPLY(g) { mat4 rows = four_rows(first + g * gate_pitch + j, step); ADD_ALL(g) }
#if GATES == 1
#define EACH_GATE(F) F(0)
#elif GATES == 3
#define EACH_GATE(F) F(0) F(1) F(2)
#else
#define EACH_GATE(F) F(0) F(1) F(2) F(3)
#endif

void multiply() {
    int at = from + group * columns;
    EACH_GATE(CLEAR)
    for (int step = 0; step < columns; step++) {
        vec4 states[EXAMPLES];
        EACH_EXAMPLE(STATE)
        EACH_GATE(MULTIPLY)
    }
}

vec4 product(int g) { return products[which * GATES + g]; }
#elif defined(GATES)
vec4 product(int g) {
    vec4 sum = vec4(0.0);
    for (int step = 0; step < columns; step++) {
        vec4 s = before_at(layer + g * layer_pitch, from + row * columns + step);
        sum += four_rows(first + g * gate_pitch + j, step) * s;
    }
    return sum;
}
#endif

// Zero in the lanes that pad a row.
vec4 cut(vec4 v) { return mix(v, vec4(0.0), lessThanEqual(ivec4(units - 4 * j), ivec4(0, 1, 2, 3))); }

#ifdef MASK
bool idle() { return mask_at(row * steps + time).x == 0; }
#else
bool idle() { return false; }
#endif
