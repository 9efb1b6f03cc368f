// Sums over the channels at most `radius` away, in the lanes of texel t of x. Structure: SQUARES: of the elements squared.
#include "lib/turns.glsl"
uniform int radius;

float sum_where(vec4 v, bvec4 near) {
  vec4 s = mix(vec4(0.0), v, near);
  return (s.x + s.y) + (s.z + s.w);
}

vec4 window_sums(int t) {
  int row = texel_quotient(t, x_form.z);
  int c = t - row * x_form.z;
  int first = max((4 * c - radius) >> 2, 0), last = min((4 * c + 3 + radius) >> 2, x_form.z - 1);
#ifdef BEFORE
  vec4 total = before0_at(t);
#else
  vec4 total = vec4(0.0);
#endif
  for (int k = max(first, TURNS_FROM(2)); k < TURNS_TO(2, last + 1); k++) {
    vec4 v = x_at(row * x_form.z + k);
#if SQUARES
    v *= v;
#endif
    // Lane i of v is d + i - j channels away from lane j of the sums, at seven distances in all.
    int d = 4 * (k - c);
    bvec4 up = lessThanEqual(abs(d + ivec4(0, 1, 2, 3)), ivec4(radius));
    bvec4 down = lessThanEqual(abs(d - ivec4(1, 2, 3, 3)), ivec4(radius));
    total += vec4(sum_where(v, up), sum_where(v, bvec4(down.x, up.xyz)), sum_where(v, bvec4(down.yx, up.xy)),
                  sum_where(v, bvec4(down.zyx, up.x)));
  }
  return total;
}
