// The values at the positions found, and these.
// Structure: SIZE: positions lie in so many tiles, one row per texel of each; 0: in rows. INTEGER: x holds integers.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/values.glsl"

ivec4 places_of(int row, int c) {
#if SIZE == 0
  return place_at(row * place_form.z + c);
#else
#if SIZE > 1
  if (c == 1) return place1_at(row);
#endif
#if SIZE > 2
  if (c == 2) return place2_at(row);
#endif
#if SIZE > 3
  if (c == 3) return place3_at(row);
#endif
  return place0_at(row);
#endif
}

void main() {
  int t = out_texel();
  int row = texel_quotient(t, out_form.z);
  ivec4 places = max(places_of(row, t - row * out_form.z), 0);
  VEC v;
  for (int k = 0; k < 4; k++) v[k] = lane_of(x_at(row * x_form.z + (places[k] >> 2)), places[k] & 3);
  write_out(v, places);
}
