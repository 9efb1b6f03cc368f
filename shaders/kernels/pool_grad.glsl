// Gradient of a pool: each fragment gathers from the windows that see its input position.
// Structure: MAX: of dy only where the window's maximum is here (`found`, made by pool.glsl); else the mean's share,
// COUNTED: of what lies inside, else of the whole filter. DEEP: volumes. TAPS, STRIDE: small filters.
#include <inputs>
#include <output>
#include <epilogue>
#include "lib/window.glsl"

vec4 total = vec4(0.0);

// Gathers from the windows of one image of dy, whose taps in the input's image count from `first` on, `images` of them
// lie inside; c: texel within the pixel.
void gather(int image, ivec2 tap, ivec2 window, int c, int first, int images) {
    ivec2 first_turn = first_meeting(window), turns = meetings_from(first_turn, window);
    tap += first_turn * stride;
    window -= first_turn * dilation;
    for (int i = TURNS_FROM(1); i < TURNS_TO(1, turns.x); i++) {
        int ky = tap.x + i * stride.x, y = window.x - i * dilation.x;
        bool row_inside = ky < taps.x && inside(y, out_size.x);
        int row = (image * out_size.x + y) * out_size.y;
#ifdef COUNTED
        int rows = images * counted(y * stride.x - pad.x, taps.x, dilation.x, in_size.x);
#endif
        for (int j = TURNS_FROM(2); j < TURNS_TO(2, turns.y); j++) {
            int kx = tap.y + j * stride.y, x = window.y - j * dilation.y;
            bool seen = row_inside && kx < taps.y && inside(x, out_size.y);
            int t = (row + x) * out_form.z + c;
            vec4 v = seen ? dy_at(t) : vec4(0.0);
#ifdef MAX
            total += mix(vec4(0.0), v, equal(ivec4(found_at(t)), ivec4(first + ky * taps.y + kx)));
#elif defined(COUNTED)
            total += v / float(rows * counted(x * stride.y - pad.y, taps.y, dilation.y, in_size.y));
#else
            total += v;
#endif
        }
    }
}

void main() {
    int t = out_texel();
    ivec4 p = place(t, in_size, out_form.z);
    ivec2 tap, window;
    first_window(p.yz, tap, window);
    int size = taps.x * taps.y;
#ifdef DEEP
    ivec2 at = in_volume(p.x, depths.x);
    int z = quotient(at.y + deep_pad, deep_stride), k = at.y + deep_pad - z * deep_stride;
    int turn = TURNS_FROM(0), first = turn + max(z - depths.y + deep_dilation, 0) / deep_dilation;
    k += first * deep_stride;
    z -= first * deep_dilation;
    for (; k < deep_taps && z >= 0 && turn < TURNS_TO(0, deep_taps); turn++, k += deep_stride, z -= deep_dilation) {
        int images = 1;
#ifdef COUNTED
        images = counted(z * deep_stride - deep_pad, deep_taps, deep_dilation, depths.x);
#endif
        gather(at.x * depths.y + z, tap, window, p.w, k * size, images);
    }
    size *= deep_taps;
#else
    gather(p.x, tap, window, p.w, 0, 1);
#endif
#if !defined(MAX) && !defined(COUNTED)
    total /= float(size);
#endif
#ifdef BEFORE
    total += before0_at(t);
#endif
    write_out(epilogue(total, t, p.w));
}
