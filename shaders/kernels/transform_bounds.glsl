// For each block of pixels of a transformed image, and for each map: the box (low x, low y, high x, high y) in the image
// that the block comes from; a box turned inside out where it comes from nowhere.
#include <inputs>
#include <output>
#include "lib/transform.glsl"

uniform ivec2 blocks;  // down, across; of 16 x 16 pixels

void main() {
  int t = out_texel();
  int map = quotient(t, blocks.x * blocks.y), number = t - map * blocks.x * blocks.y;
  int row = quotient(number, blocks.y);
  ivec2 from = 16 * ivec2(number - row * blocks.y, row), to = min(from + 16, out_size.yx);
  vec4 first = transforms_at(2 * map), second = transforms_at(2 * map + 1);
  vec2 low = vec2(1e30), high = vec2(-1e30), at;
  for (int y = from.y; y < to.y; y++) {
    for (int x = from.x; x < to.x; x++) {
      if (!place(ivec2(x, y), first, second, at)) continue;
      low = min(low, at);
      high = max(high, at);
    }
  }
  write_out(vec4(low, high));
}
