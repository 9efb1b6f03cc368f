// The elements of x along the diagonal of a square, zeros beside it. Structure: INTEGER: x holds integers.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/values.glsl"

void main() {
  int t = out_texel();
  int row = quotient(t, out_form.z), lane;
  VEC texel = x_at(texel_of(row, x_form, lane));
  SCALAR value = lane_of(texel, lane), zero = SCALAR(0);
  int place = row - 4 * (t - row * out_form.z);
  write_out(VEC(place == 0 ? value : zero, place == 1 ? value : zero, place == 2 ? value : zero, place == 3 ? value : zero));
}
