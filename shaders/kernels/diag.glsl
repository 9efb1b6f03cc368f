// The elements of x along the diagonal of a square, zeros beside it. Structure: INTEGER: x holds integers.
#include <inputs>
#include <output>
#include "lib/element.glsl"

#if INTEGER
#define VEC ivec4
#define ELEMENT_TYPE int
#else
#define VEC vec4
#define ELEMENT_TYPE float
#endif

void main() {
  int t = out_texel();
  int row = quotient(t, out_form.z), lane;
  VEC texel = x_at(texel_of(row, x_form, lane));
  ELEMENT_TYPE value = lane_of(texel, lane), zero = ELEMENT_TYPE(0);
  int place = row - 4 * (t - row * out_form.z);
  write_out(VEC(place == 0 ? value : zero, place == 1 ? value : zero, place == 2 ? value : zero, place == 3 ? value : zero));
}
