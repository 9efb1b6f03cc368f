// x / (bias + alpha * sum of squares over the nearest channels)^beta.
// Structure: GRADIENT: instead dy divided by that power, and dy * y / norm.
#include <inputs>
#include <output>
#include "lib/math_pow.glsl"
#include "lib/channel_window.glsl"

uniform float bias, alpha, beta;

void main() {
  int t = out_texel();
#ifdef GOES_ON
  write_out(window_sums(t));
#else
  vec4 norm = bias + alpha * window_sums(t);
  vec4 factor = pow_(norm, vec4(-beta));
#if GRADIENT
  vec4 dy = dy_here();
  write_out(dy * factor, dy * y_here() / norm);
#else
  write_out(x_here() * factor);
#endif
#endif
}
