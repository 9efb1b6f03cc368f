// Gradient of a pool: each fragment gathers from the windows that see its input position.
// Structure: MAX: of dy only where the window's first maximum is here (`found`, made by pool.glsl); else the mean's share,
// COUNTED: of what lies inside, else of the whole filter. TAPS, STRIDE: small filters.
#include <inputs>
#include <output>
#include "lib/window.glsl"

#ifdef COUNTED
// How many taps of the window that starts at `from` lie inside along one axis, at least 1.
int counted(int from, int tap_count, int step, int size) {
    int first = from < 0 ? quotient(step - 1 - from, step) : 0;
    int last = size - 1 - from < 0 ? -1 : quotient(size - 1 - from, step);
    return max(min(last, tap_count - 1) - first + 1, 1);
}
#endif

void main() {
    ivec4 p = place(out_texel(), in_size, out_form.z);
    ivec2 tap, window;
    first_window(p.yz, tap, window);
    vec4 total = vec4(0.0);
    for (int i = 0; i < meetings.x; i++) {
        int ky = tap.x + i * stride.x, y = window.x - i * dilation.x;
        bool row_inside = ky < taps.x && inside(y, out_size.x);
        int row = (p.x * out_size.x + y) * out_size.y;
#ifdef COUNTED
        int rows = counted(y * stride.x - pad.x, taps.x, dilation.x, in_size.x);
#endif
        for (int j = 0; j < meetings.y; j++) {
            int kx = tap.y + j * stride.y, x = window.y - j * dilation.y;
            bool seen = row_inside && kx < taps.y && inside(x, out_size.y);
            int t = (row + x) * out_form.z + p.w;
            vec4 v = seen ? dy_at(t) : vec4(0.0);
#ifdef MAX
            total += mix(vec4(0.0), v, equal(found_at(t), ivec4(ky * taps.y + kx)));
#elif defined(COUNTED)
            total += v / float(rows * counted(x * stride.y - pad.y, taps.y, dilation.y, in_size.y));
#else
            total += v;
#endif
        }
    }
#if !defined(MAX) && !defined(COUNTED)
    total /= float(taps.x * taps.y);
#endif
    write_out(total);
}
