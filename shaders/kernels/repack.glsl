// Copies the elements of x, in order, into rows of another length.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/values.glsl"

SCALAR element(int e) {
  int lane, t = texel_of(e, x_form, lane);
  return lane_of(x_at(t), lane);
}

void main() {
  ivec4 e = elements_of(out_texel(), out_form);
  write_out(VEC(element(e.x), element(e.y), element(e.z), element(e.w)));
}
