// Gradient of a dilation with respect to its input: each fragment asks all windows that see its position whether their
// largest sum is here (`found`, made by pool.glsl). Strides and dilations may both be above 1. TAPS, STRIDE: small filters.
#include <inputs>
#include <output>
#include "lib/window.glsl"

// The window that sees position i of the padded input with its tap number k, or -1.
int window_of(int i, int k, int step, int gap) {
    int room = i - k * gap;
    int window = quotient(max(room, 0), step);
    return window * step == room ? window : -1;
}

void main() {
    int t = out_texel();
    ivec4 p = place(t, in_size, out_form.z);
#ifdef BEFORE
    vec4 total = before0_at(t);
#else
    vec4 total = vec4(0.0);
#endif
    for (int ky = TURNS_FROM(1); ky < TURNS_TO(1, taps.x); ky++) {
        int y = window_of(p.y + pad.x, ky, stride.x, dilation.x);
        for (int kx = TURNS_FROM(2); kx < TURNS_TO(2, taps.y); kx++) {
            int x = window_of(p.z + pad.y, kx, stride.y, dilation.y);
            int d = ((p.x * out_size.x + y) * out_size.y + x) * out_form.z + p.w;
            vec4 v = inside(y, out_size.x) && inside(x, out_size.y) ? dy_at(d) : vec4(0.0);
            total += mix(vec4(0.0), v, equal(ivec4(found_at(d)), ivec4(ky * taps.y + kx)));
        }
    }
    write_out(total);
}
