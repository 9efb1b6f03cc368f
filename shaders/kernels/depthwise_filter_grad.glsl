// Gradient of a depthwise convolution with respect to its filter. The output is [parts, taps, channels]: each fragment sums
// over its share of the rows of dy; add_parts adds the shares up.
// Structure: MULTIPLIED: more than one filter per channel.
#include <inputs>
#include <output>
#include "lib/window.glsl"
#include "lib/multiplier.glsl"

uniform int rows;  // of dy, over all images
uniform int span;  // how many of them a fragment takes

void main() {
    int t = out_texel();
    int q = texel_quotient(t, out_form.z), c = t - q * out_form.z;
    int part = texel_quotient(q, taps.x * taps.y), tap = q - part * taps.x * taps.y;
    int ky = texel_quotient(tap, taps.y), kx = tap - ky * taps.y;
    ivec2 from = ivec2(ky, kx) * dilation - pad;
    set_spread(c);

    // The columns of dy whose pixel of the input lies within the image: first <= x < last.
    int first = from.y < 0 ? quotient(stride.y - 1 - from.y, stride.y) : 0;
    int room = in_size.y - 1 - from.y;
    int last = room < 0 ? 0 : min(quotient(room, stride.y) + 1, out_size.y);
    int next = stride.y * x_form.z;
    vec4 total = vec4(0.0);
    for (int row = part * span; row < min((part + 1) * span, rows); row++) {
        int image = quotient(row, out_size.x);
        int y = (row - image * out_size.x) * stride.x + from.x;
        int end = inside(y, in_size.x) ? last : first;
        int at = ((image * in_size.x + y) * in_size.y + first * stride.y + from.y) * x_form.z;
        int d = (row * out_size.y + first) * out_form.z + c;
        vec4 line = vec4(0.0);
        int x = first;
        for (; x + 3 < end; x += 4) {
            vec4 a = spread_at(at, c) * dy_at(d), b = spread_at(at + next, c) * dy_at(d + out_form.z);
            a += spread_at(at + 2 * next, c) * dy_at(d + 2 * out_form.z);
            b += spread_at(at + 3 * next, c) * dy_at(d + 3 * out_form.z);
            line += a + b;
            at += 4 * next;
            d += 4 * out_form.z;
        }
        for (; x < end; x++) {
            line += spread_at(at, c) * dy_at(d);
            at += next;
            d += out_form.z;
        }
        total += line;
    }
    write_out(total);
}
