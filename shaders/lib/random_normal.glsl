// Standard normal numbers, two draws each, by the method of Box and Muller.
#include "lib/random.glsl"
#include "lib/math_log.glsl"
#include "lib/math_trig.glsl"

vec4 random_normal(uvec4 state, int draw) {
  vec4 radius = sqrt(-2.0 * log_(positive_unit(random_bits(state, draw))));
  return radius * cos_within(unit(random_bits(state, draw + 1)) * 6.283185307179586);
}
