// Where each pixel of a transformed image lies in the image that it comes from, for each map: x, y; far away: nowhere.
#include <inputs>
#include <output>
#include "lib/transform.glsl"

void main() {
  int t = out_texel();
  int row = quotient(t, out_size.y), x = t - row * out_size.y;
  int map = quotient(row, out_size.x);
  vec2 at;
  bool found = place(ivec2(x, row - map * out_size.x), transforms_at(2 * map), transforms_at(2 * map + 1), at);
  write_out(vec4(found ? at : vec2(-1e30), 0.0, 0.0));
}
