// Normal numbers within two standard deviations. Structure: INTEGER: rounded to whole numbers.
#include <output>
#include "lib/random.glsl"
#include "lib/math_log.glsl"

uniform float mean, deviation;

// The inverse of the distribution function between -2 and 2, as a polynomial of log(1 - x^2); relative error 1e-7.
vec4 standard() {
  vec4 x = vec4(ivec4((random_bits(random_state(), 0) >> 8u) * 2u + 1u) - 16777216) * 5.9604644775390625e-8;
  x *= 0.9544997361;  // erf(sqrt(2))
  vec4 w = -log_(1.0 - x * x) - 1.25;
  vec4 p = -6.41669749e-6 * w + 4.29415195e-5;
  p = p * w + 0.000202195166;
  p = p * w - 0.00318651507;
  p = p * w + 0.00355239352;
  p = p * w + 0.352873892;
  p = p * w + 1.68229413;
  return clamp(x * p, -2.0, 2.0);
}

void main() {
  vec4 v = mean + deviation * standard();
#if INTEGER
  write_out(ivec4(floor(v + 0.5)));
#else
  write_out(v);
#endif
}
