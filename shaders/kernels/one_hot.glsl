// A row for each index: `on` at its place, `off` elsewhere. Structure: INTEGER: the output holds integers.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/values.glsl"

uniform SCALAR on, off;

void main() {
  int t = out_texel();
  int row = texel_quotient(t, out_form.z), lane;
  ivec4 texel = indices_at(texel_of(row, indices_form, lane));
  int place = lane_of(texel, lane) - 4 * (t - row * out_form.z);
  write_out(VEC(place == 0 ? on : off, place == 1 ? on : off, place == 2 ? on : off, place == 3 ? on : off));
}
