// Slices of x picked by index tuples; a tuple that points outside gives zeros.
// Structure: INTEGER: x holds integers; ELEMENTS: the tuples pick single elements.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/index_nd.glsl"
#include "lib/values.glsl"

uniform int inner;  // texels of a slice, without ELEMENTS

void main() {
  int t = out_texel();
#if ELEMENTS
  ivec4 e = elements_of(t, out_form);
  VEC v;
  for (int i = 0; i < 4; i++) {
    int place = flat_index(e[i]), lane = 0;
    VEC texel = x_at(texel_of(max(place, 0), x_form, lane));
    v[i] = place >= 0 ? lane_of(texel, lane) : VEC(0).x;
  }
  write_out(v);
#else
  int q = texel_quotient(t, inner);
  int place = flat_index(q);
  VEC v = x_at(max(place, 0) * inner + t - q * inner);
  write_out(place >= 0 ? v : VEC(0));
#endif
}
