// Back through a normalisation, by x: (dy scale - mean of that - what was normalised * mean of their product) / sqrt(variance +
// epsilon). Structure: BY_ROW: over the `count` numbers of each row, whose sums are `sums`; else over the `count` rows, where
// these are `plain` and `weighed`, of dy alone (kernels/normalize_sums.glsl); SCALE: there is a scale.
#include <inputs>
#include <output>

uniform float epsilon, count;

void main() {
  int t = out_texel();
  int row = texel_quotient(t, out_form.z), column = out_column(t, row);
  vec4 slope = dy_here();
#ifdef BY_ROW
  vec2 p = mean_place(row);
  float inverse = inversesqrt(variance_with(p, row).x + epsilon);
  vec4 shares = (x_here() - mean_with(p, row).x) * inverse;
  vec4 sums = sums_at(row) / count;
#ifdef SCALE
  slope *= scale_at(column);
#endif
  write_out((slope - sums.x - shares * sums.y) * inverse);
#else
  vec2 p = mean_place(column);
  vec4 inverse = inversesqrt(variance_with(p, column) + epsilon);
  vec4 shares = (x_here() - mean_with(p, column)) * inverse;
  slope -= (plain_with(p, column) + shares * weighed_with(p, column)) / count;
#ifdef SCALE
  slope *= scale_with(p, column);
#endif
  write_out(slope * inverse);
#endif
}
