// Copies x into a run of the output's texels, `start` to `start + count`, and leaves all others alone.
#include <inputs>
#include <output>

uniform int start, count;

void main() {
  int t = out_texel() - start;
  if (t < 0 || t >= count) discard;
  write_out(x_at(t));
}
