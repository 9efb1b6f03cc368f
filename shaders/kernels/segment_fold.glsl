// Adds up the chunks of segment_sum.glsl, in blocks of 64. Structure: INTEGER: they hold integers.
#include <inputs>
#include <output>
#include "lib/values.glsl"

uniform int chunks, texels;

void main() {
  int t = out_texel();
  VEC total = VEC(0);
  for (int first = 0; first < chunks; first += 64) {
    VEC block = VEC(0);
    for (int q = first; q < min(first + 64, chunks); q++) block += parts_at(q * texels + t);
    total += block;
  }
  write_out(total);
}
