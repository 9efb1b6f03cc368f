// Forward (lib/gates.glsl): what the inputs gave to the gates (x [batch, steps, ALL, units]) plus the state's product.
// START: block 0, from the given states (GIVEN_H, GIVEN_C) or zero. Layers: h, with LSTM also c; between the two passes of
// a GRU whose reset comes before the product, GRU_GATES and CANDIDATE: update, reset state, h.
#include "lib/gates.glsl"

#ifndef START
vec4 x(int g) { return x_at(of_gate(g)); }
#endif

#if defined(START)
void start_from(out vec4 h, out vec4 more) {
    h = more = vec4(0.0);
#ifdef GIVEN_H
    h = h_at(row * columns + j);
#endif
#ifdef GIVEN_C
    more = c_at(row * columns + j);
#endif
}
#define NEXT start_from
#elif !defined(CANDIDATE) && !defined(GRU_GATES)
// The state after the step, and what an LSTM carries besides.
void next(out vec4 h, out vec4 more) {
    vec4 old = left(0);
    more = vec4(0.0);
#if defined(LSTM)
    vec4 held = left(1);
    vec4 carry = GATE(x(1) + product(1)) * held + GATE(x(0) + product(0)) * ACT(x(2) + product(2));
    h = cut(idle() ? old : GATE(x(3) + product(3)) * ACT(carry));
    more = cut(idle() ? held : carry);
#elif defined(RESET_AFTER)
    vec4 z[3] = vec4[3](product(0), product(1), product(2));
#ifdef BIAS
    for (int g = 0; g < 3; g++) z[g] += bias_at(g * columns + j);
#endif
    vec4 update = GATE(x(0) + z[0]), reset = GATE(x(1) + z[1]);
    h = cut(idle() ? old : update * old + (1.0 - update) * ACT(x(2) + reset * z[2]));
#else
    h = cut(idle() ? old : ACT(x(0) + product(0)));
#endif
}
#define NEXT next
#endif

#if LAYERS == 2
#define EXAMPLE(e) { set_example(e); NEXT(block[e], block[EXAMPLES + e]); }
#else
#define EXAMPLE(e) { vec4 none; set_example(e); NEXT(block[e], none); }
#endif

void main() {
    begin();
#if defined(CANDIDATE)
    vec4 update = left(0), old = left(2);
    block[0] = cut(idle() ? old : update * old + (1.0 - update) * ACT(x(2) + product(0)));
#elif defined(GRU_GATES)
    vec4 old = left(0);
    block[0] = GATE(x(0) + product(0));
    block[1] = cut(GATE(x(1) + product(1)) * old);
    block[2] = old;
#else
#if EXAMPLES > 1 && !defined(START)
    multiply();
#endif
    EXAMPLE(0)
#if EXAMPLES > 1
    EXAMPLE(1)
#endif
#if EXAMPLES > 2
    EXAMPLE(2)
    EXAMPLE(3)
#endif
#endif
}
