// Resizes images: output position i of an axis lies at (scale.x * i + scale.y) / scale.z of the input's (backends share
// these integers, so that both find the same neighbours). Structure: NEAREST; INTEGER: x is an integer texture.
#include <inputs>
#include <output>
#include "lib/values.glsl"

uniform ivec2 in_size, out_size;        // height, width
uniform ivec3 row_scale, column_scale;

// The neighbours of output position i, within 0 .. size - 1, and how far it lies from the first towards the second.
float neighbours(int i, int size, ivec3 scale, out ivec2 near) {
    int at = scale.x * i + scale.y;
    int whole = at < 0 ? -1 : quotient(at, scale.z);
    int rest = at - whole * scale.z;
    near.x = clamp(whole, 0, size - 1);
#ifdef NEAREST
    near.y = near.x;
    return 0.0;
#else
    near.y = at < 0 ? 0 : min(whole + int(rest > 0), size - 1);
    return float(rest) / float(scale.z);
#endif
}

void main() {
    int t = out_texel(), depth = out_form.z;
    int pixel = texel_quotient(t, depth), c = t - pixel * depth;
    int row = texel_quotient(pixel, out_size.y), x = pixel - row * out_size.y;
    int image = texel_quotient(row, out_size.x), y = row - image * out_size.x;
    ivec2 down, across;
    float y_part = neighbours(y, in_size.x, row_scale, down);
    float x_part = neighbours(x, in_size.y, column_scale, across);
    ivec2 lines = (image * in_size.x + down) * in_size.y;
    VEC v = x_at((lines.x + across.x) * depth + c);
#ifdef NEAREST
    write_out(v);
#else
    vec4 top_left = vec4(v), top_right = vec4(x_at((lines.x + across.y) * depth + c));
    vec4 bottom_left = vec4(x_at((lines.y + across.x) * depth + c));
    vec4 bottom_right = vec4(x_at((lines.y + across.y) * depth + c));
    vec4 top = top_left + (top_right - top_left) * x_part;
    vec4 bottom = bottom_left + (bottom_right - bottom_left) * x_part;
    write_out(top + (bottom - top) * y_part);
#endif
}
