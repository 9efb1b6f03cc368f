// Images seen through projective maps. Structure: BILINEAR (else nearest).
#include <inputs>
#include <output>
#include "lib/transform.glsl"

uniform vec4 fill;

vec4 read(int image, vec2 at, int c) {
  bool inside = at.x >= 0.0 && at.y >= 0.0 && at.x < float(in_size.y) && at.y < float(in_size.x);
  ivec2 pixel = ivec2(inside ? at : vec2(0.0));
  vec4 v = x_at(((image * in_size.x + pixel.y) * in_size.y + pixel.x) * out_form.z + c);
  return inside ? v : fill;
}

void main() {
  int t = out_texel(), depth = out_form.z;
  int pixel = texel_quotient(t, depth), c = t - pixel * depth;
  int row = texel_quotient(pixel, out_size.y), x = pixel - row * out_size.y;
  int image = texel_quotient(row, out_size.x), y = row - image * out_size.x;
  int numbers = transform_count > 1 ? 2 * image : 0;
  vec2 at;
  if (!place(ivec2(x, y), transforms_at(numbers), transforms_at(numbers + 1), at)) {
    write_out(fill);
    return;
  }
#if BILINEAR
  vec2 low = floor(at);
  vec2 high = low + 1.0;
  vec2 before = high - at, after = at - low;
  vec4 top = before.x * read(image, low, c) + after.x * read(image, vec2(high.x, low.y), c);
  vec4 bottom = before.x * read(image, vec2(low.x, high.y), c) + after.x * read(image, high, c);
  write_out(before.y * top + after.y * bottom);
#else
  write_out(read(image, floor(at + 0.5), c));
#endif
}
