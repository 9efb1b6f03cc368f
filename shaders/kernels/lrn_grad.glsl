// What the gradients of the nearest channels add through the norm: direct + factor * factors * sums of x.
#include <inputs>
#include <output>
#include "lib/channel_window.glsl"

uniform float factor;

void main() {
  int t = out_texel();
#ifdef GOES_ON
  write_out(window_sums(t));
#else
  write_out(direct_here() + factor * factors_here() * window_sums(t));
#endif
}
