// For each block of BLOCK x BLOCK pixels of a transformed image, and for each map: the box (low x, low y, high x, high y) in the
// image that the block comes from (transform_places.glsl); a box turned inside out where it comes from nowhere.
#include <inputs>
#include <output>

uniform ivec2 out_size;  // height, width of what the image becomes
uniform ivec2 blocks;    // down, across

void main() {
  int t = out_texel();
  int map = quotient(t, blocks.x * blocks.y), number = t - map * blocks.x * blocks.y;
  int row = quotient(number, blocks.y);
  ivec2 from = BLOCK * ivec2(number - row * blocks.y, row), to = min(from + BLOCK, out_size.yx);
  vec2 low = vec2(1e30), high = vec2(-1e30);
  for (int y = from.y; y < to.y; y++) {
    for (int x = from.x; x < to.x; x++) {
      vec2 at = places_at((map * out_size.x + y) * out_size.y + x).xy;
      if (at.x <= -1e30) continue;
      low = min(low, at);
      high = max(high, at);
    }
  }
  write_out(vec4(low, high));
}
