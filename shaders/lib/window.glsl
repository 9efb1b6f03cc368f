// Geometry of windows that slide over images (base/window.py). Pairs are ordered height, width.
#include "lib/depth.glsl"
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

bool inside(int i, int size) { return uint(i) < uint(size); }
