// Gradient of a pool: each fragment gathers from the windows that see its input position.
// Structure: MAX: of dy only where the window's first maximum is here (`found`, made by pool.glsl); else the mean's share.
#include <inputs>
#include <output>
#include "lib/window.glsl"

uniform int count_padding;

// How many taps of the window that starts at `from` lie inside along one axis, at least 1.
int counted(int from, int tap_count, int step, int size) {
    int first = from < 0 ? quotient(step - 1 - from, step) : 0;
    int last = size - 1 - from < 0 ? -1 : quotient(size - 1 - from, step);
    return max(min(last, tap_count - 1) - first + 1, 1);
}

void main() {
    ivec4 p = place(out_texel(), in_size, out_form.z);
    ivec2 tap, window;
    first_window(p.yz, tap, window);
    vec4 total = vec4(0.0);
    for (int ky = tap.x, y = window.x; ky < taps.x; ky += stride.x, y -= dilation.x) {
        bool row_inside = inside(y, out_size.x);
        int row = (p.x * out_size.x + y) * out_size.y;
#ifndef MAX
        int rows = count_padding == 1 ? taps.x : counted(y * stride.x - pad.x, taps.x, dilation.x, in_size.x);
#endif
        for (int kx = tap.y, x = window.y; kx < taps.y; kx += stride.y, x -= dilation.y) {
            bool seen = row_inside && inside(x, out_size.y);
            int t = (row + x) * out_form.z + p.w;
            vec4 v = seen ? dy_at(t) : vec4(0.0);
#ifdef MAX
            total += mix(vec4(0.0), v, equal(found_at(t), ivec4(ky * taps.y + kx)));
#else
            int columns = count_padding == 1 ? taps.y : counted(x * stride.y - pad.y, taps.y, dilation.y, in_size.y);
            total += v / float(rows * columns);
#endif
        }
    }
    write_out(total);
}
