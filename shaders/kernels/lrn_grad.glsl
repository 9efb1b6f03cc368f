// What the gradients of the nearest channels add through the norm: direct + factor * factors * sums of x.
#include <inputs>
#include <output>
#include "lib/channel_window.glsl"

uniform float factor;

void main() {
  int t = out_texel();
  write_out(direct_at(t) + factor * factors_at(t) * window_sums(t));
}
