// Of each row of logits: the largest, and the sum of the weights. Structure: NORMALIZED: they are probabilities.
#include <inputs>
#include <output>
#include "lib/weights.glsl"

void main() {
  int row = out_texel();
  float top = 0.0, total = 0.0;
#if !NORMALIZED
  vec4 largest = vec4(-INFINITE);
  for (int c = 0; c < logits_form.z; c++) {
    largest = max(largest, mix(vec4(-INFINITE), logits_at(row * logits_form.z + c), outcomes(c)));
  }
  top = max(max(largest.x, largest.y), max(largest.z, largest.w));
#endif
  for (int c = 0; c < logits_form.z; c++) {
    vec4 w = weights(row, c, top);
    total += w.x;
    total += w.y;
    total += w.z;
    total += w.w;
  }
  write_out(vec4(top, total, 0.0, 0.0));
}
