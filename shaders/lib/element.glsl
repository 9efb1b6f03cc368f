// From element numbers to lanes of texels. A form is (mask, shift, C4, C), as `<inputs>` and `<output>` declare it.
#ifndef ELEMENT
#define ELEMENT
#include "lib/layout.glsl"

float lane_of(vec4 v, int lane) { return lane < 2 ? (lane == 0 ? v.x : v.y) : (lane == 2 ? v.z : v.w); }

int lane_of(ivec4 v, int lane) { return lane < 2 ? (lane == 0 ? v.x : v.y) : (lane == 2 ? v.z : v.w); }

// The texel of element e of a tensor, and its lane.
int texel_of(int e, ivec4 form, out int lane) {
  int row = quotient(e, form.w);
  int c = e - row * form.w;
  lane = c & 3;
  return row * form.z + (c >> 2);
}

// The four element numbers of texel t; in a row's last texel some may belong to the next row.
ivec4 elements_of(int t, ivec4 form) {
  int row = quotient(t, form.z);
  return row * form.w + 4 * (t - row * form.z) + ivec4(0, 1, 2, 3);
}

#endif
