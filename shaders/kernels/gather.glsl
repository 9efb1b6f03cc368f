// Slices of x along an axis, picked by number; a number outside the axis gives zeros.
// Structure: INTEGER: x holds integers; ELEMENTS: the axis is the last one, so that every lane picks for itself;
// LIST: slice q of the output is the one that number q picks from the first axis, and the numbers are not padded.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/values.glsl"

uniform int count;  // numbers per batch
uniform int outer;  // slices between the batch dims and the axis
uniform int depth;  // length of the axis
uniform int inner;  // texels of a slice, without ELEMENTS

// The number that output slice q picks; o is the slice of x before the axis.
int number(int q, out int o) {
#ifdef LIST
  o = 0;
  int t = q >> 2, lane = q & 3;
#else
  o = texel_quotient(q, count);
  int lane, t = texel_of(texel_quotient(o, outer) * count + q - o * count, indices_form, lane);
#endif
  return lane_of(indices_at(t), lane);
}

void main() {
  int t = out_texel();
#if ELEMENTS
  ivec4 e = elements_of(t, out_form);
  VEC v;
  for (int i = 0; i < 4; i++) {
    int o;
    int d = number(e[i], o);
    bool inside = uint(d) < uint(depth);
    d = inside ? d : 0;
    VEC texel = x_at(o * x_form.z + (d >> 2));
    v[i] = inside ? lane_of(texel, d & 3) : VEC(0).x;
  }
  write_out(v);
#else
  int q = texel_quotient(t, inner);
  int o;
  int d = number(q, o);
  bool inside = uint(d) < uint(depth);
  VEC v = x_at((o * depth + (inside ? d : 0)) * inner + t - q * inner);
  write_out(inside ? v : VEC(0));
#endif
}
