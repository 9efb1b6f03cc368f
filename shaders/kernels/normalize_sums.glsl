// Back through a normalisation: sums of dy, and of dy times what was normalised.
// x is rows of `inner` texels. Without BY_ROW a channel over `span` of the `n` rows: two results, [parts, channels]. With it
// `span` texels of a row of n = inner, dy times scale (SCALE): a texel for each part of a row with both sums.
// STATS: how mean and variance are read: VECTOR (a number a channel) or COLUMN (a number a row).
#include <inputs>
#include <output>
#define VECTOR 0
#define COLUMN 1

uniform int n, inner, parts, span;
uniform float epsilon;

void main() {
  int t = out_texel();
#ifdef BY_ROW
  int row = texel_quotient(t, parts), first = (t - row * parts) * span;
#else
  int part = texel_quotient(t, inner), column = t - part * inner, first = part * span;
#endif
  int last = min(first + span, n);
  vec4 plain = vec4(0.0), weighed = vec4(0.0);
#if STATS == VECTOR
  vec4 mean = mean_at(column), inverse = inversesqrt(variance_at(column) + epsilon);
#elif defined(BY_ROW)
  vec4 mean = vec4(mean_at(row).x), inverse = vec4(inversesqrt(variance_at(row).x + epsilon));
#endif
  for (int i = first; i < last;) {  // in blocks: the error of a long sum grows with its root
    vec4 block = vec4(0.0), weighed_block = vec4(0.0);
    int stop = min(i + 32, last);
    for (; i < stop; i++) {
#ifdef BY_ROW
      int place = row * inner + i;
#else
      int place = i * inner + column;
#if STATS == COLUMN
      vec4 mean = vec4(mean_at(i).x), inverse = vec4(inversesqrt(variance_at(i).x + epsilon));
#endif
#endif
      vec4 slope = dy_at(place);
#ifdef SCALE
      slope *= scale_at(i);
#endif
      block += slope;
      weighed_block += slope * ((x_at(place) - mean) * inverse);
    }
    plain += block;
    weighed += weighed_block;
  }
#ifdef BY_ROW
  write_out(vec4(dot(plain, vec4(1.0)), dot(weighed, vec4(1.0)), 0.0, 0.0));
#else
  write_out(plain, weighed);
#endif
}
