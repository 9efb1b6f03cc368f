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
    ivec4 p = place(out_texel(), in_size, out_form.z);
    vec4 total = vec4(0.0);
    for (int ky = 0; ky < taps.x; ky++) {
        int y = window_of(p.y + pad.x, ky, stride.x, dilation.x);
        for (int kx = 0; kx < taps.y; kx++) {
            int x = window_of(p.z + pad.y, kx, stride.y, dilation.y);
            int t = ((p.x * out_size.x + y) * out_size.y + x) * out_form.z + p.w;
            vec4 v = inside(y, out_size.x) && inside(x, out_size.y) ? dy_at(t) : vec4(0.0);
            total += mix(vec4(0.0), v, equal(found_at(t), ivec4(ky * taps.y + kx)));
        }
    }
    write_out(total);
}
