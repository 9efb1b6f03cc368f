// Backward (lib/gates.glsl), from the last step to one before the first (time -1), which gives the gradients of the given
// states. The gates are computed again from x and `inner`, what the states gave to them. START: zeros. Layers: the
// gradients of what the product gave, gate by gate, with RESET_AFTER then that of x's last gate; from layer CARRY on that
// of the states before, as far as it does not come through the product. GRU_FIRST and GRU_SECOND: the two passes of a
// GRU whose reset comes before the product.
#include "lib/gates.glsl"

#ifndef START
vec4 slope_linear(vec4 y) { return vec4(1.0); }
vec4 slope_relu(vec4 y) { return vec4(greaterThan(y, vec4(0.0))); }
vec4 slope_sigmoid(vec4 y) { return y * (1.0 - y); }
vec4 slope_tanh_(vec4 y) { return 1.0 - y * y; }
vec4 slope_hard_sigmoid(vec4 y) { return vec4(greaterThan(y, vec4(0.0))) * vec4(lessThan(y, vec4(1.0))) * 0.2; }

vec4 z(int g) { return x_at(of_gate(g)) + inner_at(of_gate(g)); }
#endif

void clear() {
    block[0] = block[1] = vec4(0.0);
#if LAYERS > 2
    block[2] = block[3] = vec4(0.0);
#endif
#if LAYERS > 4
    block[4] = vec4(0.0);
#endif
#if LAYERS > 5
    block[5] = vec4(0.0);
#endif
}

void main() {
    begin();
    clear();
#ifndef START
    vec4 through = vec4(0.0);
    for (int g = 0; g < GATES; g++) through += product(g);
#ifdef GRU_SECOND
    vec4 d = left(CARRY), old = h_at(texel), update = GATE(z(0)), reset = GATE(z(1));
    if (idle()) {
        block[CARRY] = d;
        return;
    }
    block[0] = cut(d * (old - ACT(z(2))) * SLOPE_GATE(update));
    block[1] = cut(through * old * SLOPE_GATE(reset));
    block[2] = left(0);
    block[CARRY] = d * update + through * reset;
#else
    vec4 d = left(CARRY) + through;
#ifdef LSTM
    vec4 dc = left(CARRY + 1);
#endif
    bool given = time < 0;
    if (!given) {
        d += dh_at(texel);
#ifdef LSTM
        dc += dc_at(texel);
#endif
        given = idle();
    }
    block[CARRY] = d;
#ifdef LSTM
    block[CARRY + 1] = dc;
#endif
    if (given) return;
#if defined(LSTM)
    vec4 i = GATE(z(0)), f = GATE(z(1)), new = ACT(z(2)), o = GATE(z(3)), old = c_at(texel);
    vec4 y = ACT(f * old + i * new);
    dc += d * o * SLOPE_ACT(y);
    block[0] = cut(dc * new * SLOPE_GATE(i));
    block[1] = cut(dc * old * SLOPE_GATE(f));
    block[2] = cut(dc * i * SLOPE_ACT(new));
    block[3] = cut(d * y * SLOPE_GATE(o));
    block[CARRY] = vec4(0.0);
    block[CARRY + 1] = dc * f;
#elif defined(GRU_FIRST)
    block[0] = cut(d * (1.0 - GATE(z(0))) * SLOPE_ACT(ACT(z(2))));
#elif defined(RESET_AFTER)
    vec4 update = GATE(z(0)), reset = GATE(z(1)), inner = inner_at(of_gate(2)), old = h_at(texel);
    vec4 new = ACT(x_at(of_gate(2)) + reset * inner);
    vec4 dnew = d * (1.0 - update) * SLOPE_ACT(new);
    block[0] = cut(d * (old - new) * SLOPE_GATE(update));
    block[1] = cut(dnew * inner * SLOPE_GATE(reset));
    block[2] = cut(dnew * reset);
    block[3] = cut(dnew);
    block[CARRY] = d * update;
#else
    block[0] = cut(d * SLOPE_ACT(ACT(z(0))));
    block[CARRY] = vec4(0.0);
#endif
#endif
#endif
}
