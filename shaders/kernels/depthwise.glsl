// Depthwise convolution: a fragment is four channels of one output pixel. The filter is read as [height, width, channels],
// so that its texels hold the same channels as the result's.
// Structure: MULTIPLIED: more than one filter per channel. REVERSED: the taps count from the last to the first, as in the
// gradient with respect to the input. TAPS, STRIDE: small filters.
#include <inputs>
#include <output>
#include <epilogue>
#include "lib/window.glsl"
#include "lib/multiplier.glsl"

void main() {
    int t = out_texel();
    ivec4 p = place(t, out_size, out_form.z);
    ivec2 from = p.yz * stride - pad;
    int depth = x_form.z;
    set_spread(p.w);
#ifdef BEFORE
    vec4 acc = before0_at(t);
#else
    vec4 acc = vec4(0.0);
#endif
    for (int ky = TURNS_FROM(1); ky < TURNS_TO(1, taps.x); ky++) {
        int y = from.x + ky * dilation.x;
        bool row_inside = inside(y, in_size.x);
        int row = (p.x * in_size.x + y) * in_size.y;
        for (int kx = TURNS_FROM(2); kx < TURNS_TO(2, taps.y); kx++) {
            int x = from.y + kx * dilation.y;
#ifdef REVERSED
            int tap = (taps.x - 1 - ky) * taps.y + taps.y - 1 - kx;
#else
            int tap = ky * taps.y + kx;
#endif
            vec4 v = spread_at((row + x) * depth, p.w) * filter_at(tap * out_form.z + p.w);
            acc += row_inside && inside(x, in_size.y) ? v : vec4(0.0);
        }
    }
    write_out(epilogue(acc, t, p.w));
}
