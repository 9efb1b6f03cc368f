// Sums over the channels at most `radius` away, in the lanes of texel t of x. Structure: SQUARES: of the elements squared.
uniform int radius;

vec4 window_sums(int t) {
  int row = texel_quotient(t, x_form.z);
  int c = t - row * x_form.z;
  int first = max((4 * c - radius) >> 2, 0), last = min((4 * c + 3 + radius) >> 2, x_form.z - 1);
  ivec4 e = 4 * c + ivec4(0, 1, 2, 3);
  vec4 total = vec4(0.0);
  for (int k = first; k <= last; k++) {
    vec4 v = x_at(row * x_form.z + k);
#if SQUARES
    v *= v;
#endif
    for (int i = 0; i < 4; i++) {
      total += mix(vec4(0.0), vec4(v[i]), lessThanEqual(abs(e - (4 * k + i)), ivec4(radius)));
    }
  }
  return total;
}
