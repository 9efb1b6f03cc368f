// How often the numbers 0, 1, 2, ... stand in each row of x, or the sums of the weights that stand at the same places.
// A fragment counts one chunk of the row for 4 bins; segment_fold.glsl adds the chunks up.
// Structure: WEIGHTED; INTEGER: the result holds integers.
#include <inputs>
#include <output>
#include "lib/element.glsl"

#if INTEGER || !WEIGHTED
#define SUM ivec4
#else
#define SUM vec4
#endif
#if INTEGER
#define VEC ivec4
#else
#define VEC vec4
#endif

uniform int columns;  // numbers in a row
uniform int n;        // texels of a row
uniform int chunk;    // texels of a chunk
uniform int texels;   // of the counts
uniform int limit;    // a count is at most this
uniform ivec4 counts_form;

// Long sums of weights are added in blocks of 16 texels.
void main() {
  int number = out_texel();
  int q = quotient(number, texels);
  int t = number - q * texels;
  int row = quotient(t, counts_form.z);
  ivec4 bins = 4 * (t - row * counts_form.z) + ivec4(0, 1, 2, 3);
  int last = min((q + 1) * chunk, n);
  SUM total = SUM(0), block = SUM(0);
  for (int k = q * chunk; k < last; k++) {
    ivec4 v = x_at(row * n + k);
#if WEIGHTED
    SUM w = weights_at(row * n + k);
#endif
    for (int i = 0; i < 4; i++) {
      int one = 4 * k + i < columns ? v[i] : -1;
#if !WEIGHTED
      block += ivec4(equal(bins, ivec4(one)));
#elif INTEGER
      block += ivec4(equal(bins, ivec4(one))) * w[i];
#else
      block += mix(vec4(0.0), vec4(w[i]), equal(bins, ivec4(one)));
#endif
    }
    if ((k & 15) == 15) {
      total += block;
      block = SUM(0);
    }
  }
  total += block;
#if WEIGHTED
  write_out(total);
#else
  write_out(VEC(min(total, limit)));
#endif
}
