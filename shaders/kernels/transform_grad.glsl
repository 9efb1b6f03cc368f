// The adjoint of transform.glsl: each pixel of the image gathers from the pixels that were read from it, block by block of
// those that reach it (transform_bounds.glsl). Drawn in parts, each of `share`
// blocks, that segment_fold.glsl adds up: llvmpipe leaves loops after 65535 turns. Structure: BILINEAR (else nearest).
#include <inputs>
#include <output>
#include "lib/transform.glsl"

uniform ivec2 blocks;       // down, across; of 16 x 16 pixels
uniform int texels, share;  // of the image; blocks of a part
uniform ivec4 image_form;

// What a pixel read from the image at `here`.
vec4 back(ivec2 pixel, vec2 here, vec4 first, vec4 second, int line, int c) {
  vec2 at;
  if (any(greaterThanEqual(pixel, out_size.yx)) || !place(pixel, first, second, at)) return vec4(0.0);
#if BILINEAR
  vec2 near = max(1.0 - abs(at - here), 0.0);
  float weight = near.x * near.y;
#else
  float weight = float(floor(at + 0.5) == here);
#endif
  return weight == 0.0 ? vec4(0.0) : weight * dy_at(((line + pixel.y) * out_size.y + pixel.x) * image_form.z + c);
}

void main() {
  int t = out_texel();
  int part = quotient(t, texels), depth = image_form.z;
  t -= part * texels;
  int pixel = quotient(t, depth), c = t - pixel * depth;
  int row = quotient(pixel, in_size.y);
  int image = quotient(row, in_size.x), line = image * out_size.x;
  vec2 here = vec2(pixel - row * in_size.y, row - image * in_size.x);
  int map = transform_count > 1 ? image : 0, count = blocks.x * blocks.y;
  vec4 first = transforms_at(2 * map), second = transforms_at(2 * map + 1);
  vec4 total = vec4(0.0);
  for (int number = part * share; number < min((part + 1) * share, count); number++) {
    vec4 box = bounds_at(map * count + number);
    if (any(greaterThan(vec4(box.xy, here), vec4(here, box.zw) + 1.0))) continue;
    int down = quotient(number, blocks.y);
    ivec2 corner = 16 * ivec2(number - down * blocks.y, down);
    for (int k = 0; k < 64; k++) {
      ivec2 four = corner + ivec2(4 * (k & 3), k >> 2);
      vec4 left = back(four, here, first, second, line, c) + back(four + ivec2(1, 0), here, first, second, line, c);
      vec4 right = back(four + ivec2(2, 0), here, first, second, line, c) + back(four + ivec2(3, 0), here, first, second, line, c);
      total += left + right;
    }
  }
  write_out(total);
}
