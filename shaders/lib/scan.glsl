// What the passes of a scan share. Structure: PRODUCT or sum; INTEGER: x holds integers; LANES: along the last axis; BLOCK: texels of a block.
#include "lib/values.glsl"
#if PRODUCT
#define COMBINE *
const VEC NEUTRAL = VEC(1);
#else
#define COMBINE +
const VEC NEUTRAL = VEC(0);
#endif

uniform int n;       // texels along the axis
uniform int inner;   // texels between neighbours along the axis, without LANES
uniform int blocks;  // along the axis

// Texel i of the n at `at`; lanes that pad a row change nothing.
VEC item(int at, int stride, int i) {
  VEC v = VEC(x_at(at + i * stride));
#if PRODUCT && LANES
  int lanes = i == n - 1 ? x_form.w - 4 * (n - 1) : 4;
  for (int k = 1; k < 4; k++) v[k] = k < lanes ? v[k] : NEUTRAL[k];
#endif
  return v;
}

// The texels of the block from `from` that stand in [first, last), and texel `self` of it. Every fragment takes the same
// steps: on llvmpipe that is faster than fewer steps that differ.
VEC fold_block(int at, int stride, int from, int first, int last, int self, out VEC own) {
  VEC v = NEUTRAL;
  own = NEUTRAL;
  for (int k = 0; k < BLOCK; k++) {
    int i = from + k;
    VEC next = item(at, stride, min(i, n - 1));
    own = i == self ? next : own;
    v = i >= first && i < last ? v COMBINE next : v;
  }
  return v;
}

SCALAR across(VEC v) { return (v.x COMBINE v.y) COMBINE (v.z COMBINE v.w); }
