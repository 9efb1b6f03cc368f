// Samples of outcomes: the first one at which the running sum of weights exceeds a uniform share of their total.
// Structure: NORMALIZED: logits are probabilities.
#include <inputs>
#include <output>
#include "lib/random.glsl"
#include "lib/weights.glsl"

void main() {
  int t = out_texel();
  int row = texel_quotient(t, out_form.z);
  vec2 stats = rows_at(row).xy;
  vec4 target = unit(random_bits(random_state(), 0)) * stats.y;
  ivec4 found = ivec4(-1);
  int last = 0;  // the last outcome with any weight, where rounding let the target reach the total
  float sum = 0.0;
#ifdef BEFORE
  found = before0_at(t);
  sum = before1_at(t).x;
  last = int(before2_at(t).x);
#endif
  for (int c = TURNS_FROM(2); c < TURNS_TO(2, logits_form.z) && any(lessThan(found, ivec4(0))); c++) {
    vec4 w = weights(row, c, stats.x);
    for (int i = 0; i < 4; i++) {
      sum += w[i];
      last = w[i] > 0.0 ? 4 * c + i : last;
      ivec4 hit = ivec4(lessThan(target, vec4(sum))) * ivec4(lessThan(found, ivec4(0)));
      found += hit * (4 * c + i + 1);
    }
  }
#ifdef GOES_ON
  write_out(found, vec4(sum), vec4(last));
#else
  write_out(found + (last + 1) * ivec4(lessThan(found, ivec4(0))));
#endif
}
