// Moves blocks of channels into space. Structure: WHOLE: the output's pixels are whole texels; CHANNELS_FIRST; INTEGER.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/values.glsl"

uniform ivec2 in_size;    // height, width
uniform int block;
uniform int channels;     // of the output

#ifdef WHOLE
void main() {
    int t = out_texel(), depth = out_form.z;
    int pixel = texel_quotient(t, depth), c = t - pixel * depth;
    int row = texel_quotient(pixel, in_size.y * block), x = pixel - row * in_size.y * block;
    int line = texel_quotient(row, block), at = texel_quotient(x, block);  // images follow one another without a gap
    int part = (row - line * block) * block + x - at * block;
    write_out(x_at((line * in_size.y + at) * x_form.z + part * depth + c));
}
#else
SCALAR element(int row, int column) {
    column = min(column, out_form.w - 1);
#ifdef CHANNELS_FIRST
    int plane = quotient(row, in_size.x * block), y = row - plane * in_size.x * block;
    int image = quotient(plane, channels), c = plane - image * channels;
    int line = quotient(y, block), x = quotient(column, block);
    int part = (y - line * block) * block + column - x * block;
    int source = (image * block * block * channels + part * channels + c) * in_size.x + line, lane = x;
#else
    int y = quotient(row, in_size.y * block), at = row - y * in_size.y * block;
    int line = quotient(y, block), x = quotient(at, block);
    int part = (y - line * block) * block + at - x * block;
    int source = line * in_size.y + x, lane = part * channels + column;
#endif
    return lane_of(x_at(source * x_form.z + (lane >> 2)), lane & 3);
}

void main() {
    int t = out_texel();
    int row = texel_quotient(t, out_form.z), c = 4 * (t - row * out_form.z);
    write_out(VEC(element(row, c), element(row, c + 1), element(row, c + 2), element(row, c + 3)));
}
#endif
