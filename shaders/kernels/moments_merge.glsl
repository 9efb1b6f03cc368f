// Mean and variance of `n` numbers from those of their `parts` (kernels/moments.glsl): Chan, Golub and LeVeque 1979.
// ROWS: the parts of a row lie side by side, each a texel, and the mean and 1 / sqrt(variance + epsilon) are a third result; else below each other, `inner` texels apart, two textures of them.
#include <inputs>
#include <output>
#include "lib/math_bits.glsl"

uniform int n, inner, parts, span;
uniform float epsilon;

#ifdef ROWS
#define MEAN(p) vec4(mean_at(t * parts + p).x)
#define SQUARES(p) vec4(mean_at(t * parts + p).y)
#define COUNT(p) mean_at(t * parts + p).z
#else
#define MEAN(p) mean_at(p * inner + t)
#define SQUARES(p) squares_at(p * inner + t)
#define COUNT(p) float(min(span, n - p * span))
#endif

void main() {
  int t = out_texel();
  float count = 0.0;
  vec4 mean = vec4(0.0), squares = vec4(0.0), total = vec4(0.0);
  for (int p = 0; p < parts; p++) {
    float some = COUNT(p), all = count + some, share = p > 0 ? some / all : 1.0;
    vec4 apart = MEAN(p) - mean;
    squares += SQUARES(p) + apart * (apart * (count * share));
    mean += apart * share;
    total += MEAN(p) * some;
    count = all;
  }
  vec4 variance = squares / count;
  mean = mix(mean, total / count, is_nan(mean));
#ifdef ROWS
  write_out(mean, variance, vec4(mean.x, inversesqrt(variance.x + epsilon), 0.0, 0.0));
#else
  write_out(mean, variance);
#endif
}
