// The weights of four outcomes: probabilities as they are, or exp(logit - the row's largest). Structure: NORMALIZED.
#include "lib/math_exp.glsl"
#include "lib/turns.glsl"

bvec4 outcomes(int c) { return lessThan(4 * c + ivec4(0, 1, 2, 3), ivec4(logits_form.w)); }

vec4 weights(int row, int c, float top) {
  vec4 v = logits_at(row * logits_form.z + c);
#if NORMALIZED
  return mix(vec4(0.0), v, outcomes(c));
#else
  return mix(vec4(0.0), exp_(v - top), outcomes(c));
#endif
}
