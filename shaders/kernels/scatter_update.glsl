// The last update of each slice (scatter_last.glsl), or what was there before.
// Structure: INTEGER; ELEMENTS: slices are single elements, and `last` has the shape of the output; ONE_VALUE: all updates
// are one; ONE_DEFAULT: what was there before is one value.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/values.glsl"

uniform int inner;  // texels of a slice, without ELEMENTS

void main() {
  int t = out_texel();
#if ELEMENTS
  ivec4 n = last_at(t);
#if ONE_DEFAULT
  VEC v = VEC(base_at(0).x);
#else
  VEC v = base_here();
#endif
  for (int i = 0; i < 4; i++) {
#if ONE_VALUE
    v[i] = n[i] < 0 ? v[i] : updates_at(0).x;
#else
    int k = max(n[i], 0);
    v[i] = n[i] < 0 ? v[i] : lane_of(updates_at(k >> 2), k & 3);
#endif
  }
  write_out(v);
#else
  int slice = texel_quotient(t, inner);
  int n = lane_of(last_at(slice >> 2), slice & 3);
  VEC before = base_here(), update = updates_at(max(n, 0) * inner + t - slice * inner);
  write_out(n < 0 ? before : update);
#endif
}
