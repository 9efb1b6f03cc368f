// The adjoint of transform.glsl: each pixel of the image gathers from the pixels that were read from it (transform_places.glsl),
// block by block of those that reach it (transform_bounds.glsl). Drawn in parts, each of `share` blocks, that
// segment_fold.glsl adds up: llvmpipe leaves loops after 65535 turns. Structure: BILINEAR (else nearest).
#include <inputs>
#include <output>

uniform int transform_count;      // one for each image, or one for all
uniform ivec2 in_size, out_size;  // height, width of the image and of what it becomes
uniform ivec2 blocks;             // down, across; of BLOCK x BLOCK pixels
uniform int texels, share;        // of the image; blocks of a part
uniform ivec4 image_form;

vec4 total = vec4(0.0);

// Adds what a pixel read from the image at `here`.
void gather(ivec2 pixel, vec2 here, int map, int image, int c) {
  bool exists = all(lessThan(pixel, out_size.yx));
  int place = pixel.y * out_size.y + pixel.x, pixels = out_size.x * out_size.y;
  vec2 at = places_at(exists ? map * pixels + place : 0).xy;
#if BILINEAR
  vec2 near = max(1.0 - abs(at - here), 0.0);
  float weight = near.x * near.y;
#else
  float weight = float(floor(at + 0.5) == here);
#endif
  if (exists && weight != 0.0) total += weight * dy_at((image * pixels + place) * image_form.z + c);
}

bool reaches(vec4 box, vec2 here) { return all(lessThanEqual(vec4(box.xy, here), vec4(here, box.zw) + 1.0)); }

void main() {
  int t = out_texel();
  int part = quotient(t, texels), depth = image_form.z;
  t -= part * texels;
  int pixel = quotient(t, depth), c = t - pixel * depth;
  int row = quotient(pixel, in_size.y);
  int image = quotient(row, in_size.x);
  vec2 here = vec2(pixel - row * in_size.y, row - image * in_size.x);
  int map = transform_count > 1 ? image : 0, count = blocks.x * blocks.y;
  int number = part * share, end = min(number + share, count);
  while (true) {  // a loop that looks for the next block, as llvmpipe runs through what is skipped in a loop by `continue`
    while (number < end && !reaches(bounds_at(map * count + number), here)) number++;
    if (number >= end) break;
    int down = quotient(number, blocks.y);
    ivec2 corner = BLOCK * ivec2(number - down * blocks.y, down);
    for (uint k = 0u; k < uint(BLOCK * BLOCK); k += 4u) {
      ivec2 four = corner + ivec2(k % uint(BLOCK), k / uint(BLOCK));
      gather(four, here, map, image, c);
      gather(four + ivec2(1, 0), here, map, image, c);
      gather(four + ivec2(2, 0), here, map, image, c);
      gather(four + ivec2(3, 0), here, map, image, c);
    }
    number++;
  }
  write_out(total);
}
