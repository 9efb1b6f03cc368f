// A step of a recurrent layer for four units of one example: what the inputs gave to its gates (x [batch, steps, gates])
// plus the state's product with the recurrent weights. LSTM: h and c. RESET_AFTER: a GRU whose reset follows the product.
// GRU_GATES: its update gate, and the state reset; CANDIDATE: from these the new state. PRODUCT: the product is given.
#include <inputs>
#include <output>
#include "lib/gates.glsl"

vec4 z[GATES];

#ifndef PRODUCT
// Adds row k of the recurrent weights, times s.
void add_row(int k, float s, int j) {
    int at = k * recurrent_form.z;
    for (int g = 0; g < GATES; g++) z[g] += s * BLOCK(recurrent_at, at, g, j);
}
#endif

// The state's part of all gates.
void multiply(int row, int j) {
    for (int g = 0; g < GATES; g++) z[g] = vec4(0.0);
#ifdef PRODUCT
    for (int g = 0; g < GATES; g++) z[g] = BLOCK(product_at, row * product_form.z, g, j);
#else
    int at = row * h_form.z, whole = units >> 2;
    for (int i = 0; i < whole; i++) {
        vec4 s = h_at(at + i);
        for (int lane = 0; lane < 4; lane++) add_row(4 * i + lane, s[lane], j);
    }
#ifndef ALIGNED
    vec4 s = h_at(at + whole);
    for (int lane = 0; lane < (units & 3); lane++) add_row(4 * whole + lane, s[lane], j);
#endif
#endif
}

void main() {
    int t = out_texel();
    int row = quotient(t, out_form.z);
    int j = t - row * out_form.z;
    int at = (row * steps + time) * x_form.z;
    multiply(row, j);
#if defined(LSTM)
    for (int g = 0; g < GATES; g++) z[g] += BLOCK(x_at, at, g, j);
    vec4 carry = GATE(z[1]) * c_here() + GATE(z[0]) * ACT(z[2]);
    write_out(GATE(z[3]) * ACT(carry), carry);
#elif defined(RESET_AFTER)
#ifdef BIAS
    for (int g = 0; g < GATES; g++) z[g] += BLOCK(bias_at, 0, g, j);
#endif
    vec4 update = GATE(BLOCK(x_at, at, 0, j) + z[0]), reset = GATE(BLOCK(x_at, at, 1, j) + z[1]);
    vec4 candidate = ACT(BLOCK(x_at, at, 2, j) + reset * z[2]);
    write_out(update * h_here() + (1.0 - update) * candidate);
#elif defined(GRU_GATES)
    vec4 reset = GATE(BLOCK(x_at, at, 1, j) + z[1]);
    write_out(GATE(BLOCK(x_at, at, 0, j) + z[0]), reset * h_here());
#else
    vec4 update = update_here();
    write_out(update * old_here() + (1.0 - update) * ACT(BLOCK(x_at, at, 2, j) + z[2]));
#endif
}
