// The adjoint of transform.glsl: each pixel of the image gathers from the pixels that were read from it, block by block of
// those that reach it (transform_bounds.glsl). Structure: BILINEAR (else nearest).
#include <inputs>
#include <output>
#include "lib/transform.glsl"

uniform int block;    // pixels a side
uniform ivec2 blocks; // down, across

void main() {
  int t = out_texel(), depth = out_form.z;
  int pixel = quotient(t, depth), c = t - pixel * depth;
  int row = quotient(pixel, in_size.y);
  int image = quotient(row, in_size.x);
  vec2 here = vec2(pixel - row * in_size.y, row - image * in_size.x);
  int map = transform_count > 1 ? image : 0, count = blocks.x * blocks.y;
  vec4 first = transforms_at(2 * map), second = transforms_at(2 * map + 1);
  vec4 total = vec4(0.0);
  for (int number = 0; number < count; number++) {
    vec4 box = bounds_at(map * count + number);
    if (any(greaterThan(vec4(box.xy, here), vec4(here, box.zw) + 1.0))) continue;
    int down = quotient(number, blocks.y);
    ivec2 from = block * ivec2(number - down * blocks.y, down), to = min(from + block, out_size.yx);
    for (int y = from.y; y < to.y; y++) {
      for (int x = from.x; x < to.x; x++) {
        vec2 at;
        if (!place(ivec2(x, y), first, second, at)) continue;
#if BILINEAR
        vec2 share = max(1.0 - abs(at - here), 0.0);
        float weight = share.x * share.y;
#else
        float weight = float(floor(at + 0.5) == here);
#endif
        if (weight != 0.0) total += weight * dy_at(((image * out_size.x + y) * out_size.y + x) * depth + c);
      }
    }
  }
  write_out(total);
}
