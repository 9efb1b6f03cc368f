// Mean of some numbers, and the squares of what lies apart from it, added up (DONE: their mean, the variance).
// x is rows of `inner` texels. Without ROWS a channel over `span` of the `n` rows: two results, [parts, channels]. With ROWS
// `span` texels of a row of n = inner: DONE three results, a texel for each row, the third with the mean and
// 1 / sqrt(variance + epsilon), else one with mean, squares, count.
#include <inputs>
#include <output>
#include "lib/math_bits.glsl"

uniform int n, inner, parts, span;
uniform int lanes;  // elements in the last texel of a row (ROWS)
uniform float epsilon;

vec4 mean = vec4(0.0), squares = vec4(0.0);  // of the numbers in each lane
vec4 total = vec4(0.0);                      // their sum: infinite where one is, when `mean` is not a number
float count = 0.0;                           // how many those are

// Adds others, by their mean, squares and count: Chan, Golub and LeVeque 1979. The first ones are taken as they are, and
// no infinite square is multiplied by the count 0.
void merge(vec4 other, vec4 others, float some) {
  float all = count + some, share = count > 0.0 ? some / all : 1.0;
  vec4 apart = other - mean;
  squares += others + apart * (apart * (count * share));
  mean += apart * share;
  total += other * some;
  count = all;
}

float sum_of(vec4 v) { return (v.x + v.y) + (v.z + v.w); }

#define EACH(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7)
#define READ(k) v[k] = x_at(at + (i + k) * pitch);
#define SQUARE(k) v[k] -= middle; others += v[k] * v[k];

void main() {
  int t = out_texel();
#ifdef ROWS
  int row = texel_quotient(t, parts), at = row * inner, first = (t - row * parts) * span, pitch = 1;
#else
  int part = texel_quotient(t, inner), at = t - part * inner, first = part * span, pitch = inner;
#endif
  int last = min(first + span, n);
#ifdef ROWS
  int rest = last == n && lanes < 4 ? lanes : 0;  // in a texel that is not full
  if (rest > 0) last--;
#endif
  int i = first;
  for (; i + 7 < last; i += 8) {
    vec4 v[8];
    EACH(READ)
    vec4 middle = (((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]))) / 8.0, others = vec4(0.0);
    EACH(SQUARE)
    merge(middle, others, 8.0);
  }
  for (; i < last; i++) merge(x_at(at + i * pitch), vec4(0.0), 1.0);
#ifdef ROWS
  vec4 all = vec4(sum_of(mean) / 4.0), apart = mean - all;
  squares = vec4(sum_of(squares) + count * sum_of(apart * apart));
  mean = all;
  total = vec4(sum_of(total));
  count *= 4.0;
  if (rest > 0) {
    vec4 v = x_at(at + last);
    bvec4 pad = lessThanEqual(ivec4(rest), ivec4(0, 1, 2, 3));
    vec4 middle = vec4(sum_of(mix(v, vec4(0.0), pad)) / float(rest));
    v = mix(v - middle, vec4(0.0), pad);
    merge(middle, vec4(sum_of(v * v)), float(rest));
  }
#endif
  mean = mix(mean, total / count, is_nan(mean));  // of equal numbers `mean` is that number: their sum is rounded
#if defined(DONE) && defined(ROWS)
  vec4 variance = squares / count;
  write_out(mean, variance, vec4(mean.x, inversesqrt(variance.x + epsilon), 0.0, 0.0));
#elif defined(DONE)
  write_out(mean, squares / count);
#elif defined(ROWS)
  write_out(vec4(mean.x, squares.x, count, 0.0));
#else
  write_out(mean, squares);
#endif
}
