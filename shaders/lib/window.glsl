// Geometry of windows that slide over images (base/window.py). Pairs are ordered height, width.
#include "lib/depth.glsl"
#include "lib/turns.glsl"
uniform ivec2 in_size, out_size;
uniform ivec2 dilation, pad;
#ifdef TAPS
const ivec2 taps = ivec2(TAPS), stride = ivec2(STRIDE);  // small filters are compiled in: their loops unroll
#else
uniform ivec2 taps, stride;
#endif

// The texel t of images of `size`, `depth` texels a pixel, as (image, y, x, texel within the pixel).
ivec4 place(int t, ivec2 size, int depth) {
    int pixel = texel_quotient(t, depth);
    int row = texel_quotient(pixel, size.y);
    int image = texel_quotient(row, size.x);
    return ivec4(image, row - image * size.x, pixel - row * size.y, t - pixel * depth);
}

// The windows that see the input position (y, x) do so with every stride-th of their taps, from `tap` on, at most
// `meetings` of them; the first is number `window`, each further one `dilation` before. Strides and dilations are not
// both above 1.
#define meetings ((taps + stride - 1) / stride)

void first_window(ivec2 position, out ivec2 tap, out ivec2 window) {
    window = ivec2(quotient(position.x + pad.x, stride.x), quotient(position.y + pad.y, stride.y));
    tap = position + pad - window * stride;
}

// Of these meetings, the first with a window that exists, and how many there are from it on. Where loops unroll: all.
ivec2 first_meeting(ivec2 window) {
#ifdef TAPS
    return ivec2(0);
#else
    return max(window - out_size + dilation, 0) / dilation;
#endif
}

ivec2 meetings_from(ivec2 first, ivec2 window) {
#ifdef TAPS
    return meetings;
#else
    return min(meetings, window / dilation + 1) - first;
#endif
}

// How many taps of a window that begins at `from` lie in an image; at least 1.
int counted(int from, int tap_count, int step, int size) {
    int first = from < 0 ? quotient(step - 1 - from, step) : 0;
    int last = size - 1 - from < 0 ? -1 : quotient(size - 1 - from, step);
    return max(min(last, tap_count - 1) - first + 1, 1);
}

bool inside(int i, int size) { return uint(i) < uint(size); }
