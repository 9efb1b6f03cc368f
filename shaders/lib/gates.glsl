// A step of a recurrent layer for four units of one example. What steps leave lies in blocks of lines of two texture
// arrays, `before` among them, a layer for each quantity: texel `row * columns + j` of a block is unit 4 j of example `row`.
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

layout(location = 0) out vec4 block[LAYERS];

uniform int grid_shift;   // log2 of the width of the arrays
uniform int start;        // texel at which this block begins
uniform int time, steps;

vec4 linear(vec4 x) { return x; }
vec4 hard_sigmoid(vec4 x) { return clamp_(0.2 * x + 0.5, vec4(0.0), vec4(1.0)); }

int texel, row, j;        // this fragment's, and the texel of [batch, steps, units] for it

void begin() {
    int t = (int(gl_FragCoord.y) << grid_shift) + int(gl_FragCoord.x) - start;
    row = quotient(t, columns);
    j = t - row * columns;
    texel = (row * steps + time) * columns + j;
}

// A layer of the block before.
vec4 left(int layer) { return before_at(layer, from + row * columns + j); }

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
