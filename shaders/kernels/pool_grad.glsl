// Gradient of a pool: each fragment gathers from the windows that see its input position.
// Structure: MAX: of dy only where the window's maximum is here (`found`, made by pool.glsl); else the mean's share,
// COUNTED: of what lies inside, else of the whole filter. DEEP: volumes. TAPS, STRIDE: small filters.
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

vec4 total = vec4(0.0);

// Gathers from the windows of one image of dy, whose taps in the input's image count from `first` on, `images` of them
// lie inside; c: texel within the pixel.
void gather(int image, ivec2 tap, ivec2 window, int c, int first, int images) {
    for (int i = 0; i < meetings.x; i++) {
        int ky = tap.x + i * stride.x, y = window.x - i * dilation.x;
        bool row_inside = ky < taps.x && inside(y, out_size.x);
        int row = (image * out_size.x + y) * out_size.y;
#ifdef COUNTED
        int rows = images * counted(y * stride.x - pad.x, taps.x, dilation.x, in_size.x);
#endif
        for (int j = 0; j < meetings.y; j++) {
            int kx = tap.y + j * stride.y, x = window.y - j * dilation.y;
            bool seen = row_inside && kx < taps.y && inside(x, out_size.y);
            int t = (row + x) * out_form.z + c;
            vec4 v = seen ? dy_at(t) : vec4(0.0);
#ifdef MAX
            total += mix(vec4(0.0), v, equal(found_at(t), ivec4(first + ky * taps.y + kx)));
#elif defined(COUNTED)
            total += v / float(rows * counted(x * stride.y - pad.y, taps.y, dilation.y, in_size.y));
#else
            total += v;
#endif
        }
    }
}

void main() {
    ivec4 p = place(out_texel(), in_size, out_form.z);
    ivec2 tap, window;
    first_window(p.yz, tap, window);
    int size = taps.x * taps.y;
#ifdef DEEP
    ivec2 at = in_volume(p.x, depths.x);
    int z = quotient(at.y + deep_pad, deep_stride), k = at.y + deep_pad - z * deep_stride;
    for (; k < deep_taps; k += deep_stride, z -= deep_dilation) {
        int images = 1;
#ifdef COUNTED
        images = counted(z * deep_stride - deep_pad, deep_taps, deep_dilation, depths.x);
#endif
        if (inside(z, depths.y)) gather(at.x * depths.y + z, tap, window, p.w, k * size, images);
    }
    size *= deep_taps;
#else
    gather(p.x, tap, window, p.w, 0, 1);
#endif
#if !defined(MAX) && !defined(COUNTED)
    total /= float(size);
#endif
    write_out(total);
}
