// Gradient of a depthwise convolution with respect to its input: gathers from the windows that see the position.
// Structure: MULTIPLIED: more than one filter per channel, whose results are summed lane by lane.
// TAPS, STRIDE: small filters.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/window.glsl"
#ifdef MULTIPLIED
uniform int multiplier;

// The sum over the results of channel c, from texels of dy starting at t and of the filter starting at f.
float summed(int t, int f, int c) {
    float sum = 0.0;
    for (int o = c * multiplier; o < (c + 1) * multiplier; o++) {
        sum += lane_of(dy_at(t + (o >> 2)), o & 3) * lane_of(filter_at(f + (o >> 2)), o & 3);
    }
    return sum;
}
#endif

void main() {
    int t = out_texel();
    ivec4 p = place(t, in_size, out_form.z);
    ivec2 tap, window;
    first_window(p.yz, tap, window);
    int depth = dy_form.z;
#ifdef BEFORE
    vec4 total = before0_at(t);
#else
    vec4 total = vec4(0.0);
#endif
    ivec2 first_turn = first_meeting(window), turns = meetings_from(first_turn, window);
    tap += first_turn * stride;
    window -= first_turn * dilation;
    for (int i = TURNS_FROM(1); i < TURNS_TO(1, turns.x); i++) {
        int ky = tap.x + i * stride.x, y = window.x - i * dilation.x;
        bool row_inside = ky < taps.x && inside(y, out_size.x);
        int row = (p.x * out_size.x + y) * out_size.y;
        for (int j = TURNS_FROM(2); j < TURNS_TO(2, turns.y); j++) {
            int kx = tap.y + j * stride.y, x = window.y - j * dilation.y;
            int d = (row + x) * depth, f = (ky * taps.y + kx) * depth;
#ifdef MULTIPLIED
            int c = 4 * p.w;
            vec4 v = vec4(summed(d, f, c), summed(d, f, c + 1), summed(d, f, c + 2), summed(d, f, c + 3));
#else
            vec4 v = dy_at(d + p.w) * filter_at(f + p.w);
#endif
            total += row_inside && kx < taps.y && inside(x, out_size.y) ? v : vec4(0.0);
        }
    }
    write_out(total);
}
