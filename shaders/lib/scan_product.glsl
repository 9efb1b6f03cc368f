// What the passes of a scan by products of floats share (lib/scan.glsl for all others). Structure: LANES: along the last
// axis; BLOCK: texels of a block; PAIRS: x comes with its error, `low`.
#include "lib/pair.glsl"

uniform int n;       // texels along the axis
uniform int inner;   // texels between neighbours along the axis, without LANES
uniform int blocks;  // along the axis

// Texel i of the n at `at`; lanes that pad a row change nothing.
Pair item(int at, int stride, int i) {
  Pair p = Pair(x_at(at + i * stride), vec4(0.0));
#if PAIRS
  p.e = low_at(at + i * stride);
#endif
#if LANES
  int lanes = i == n - 1 ? x_form.w - 4 * (n - 1) : 4;
  bvec4 pads = lessThanEqual(ivec4(lanes), ivec4(0, 1, 2, 3));
  p = Pair(mix(p.v, vec4(1.0), pads), mix(p.e, vec4(0.0), pads));
#endif
  return p;
}

// The texels of the block from `from` that stand in [first, last), and texel `self` of it.
Pair fold_block(int at, int stride, int from, int first, int last, int self, out Pair own) {
  Pair p = ONE;
  own = ONE;
  for (int k = 0; k < BLOCK; k++) {
    int i = from + k;
    Pair next = item(at, stride, min(i, n - 1));
    own = pick(i == self, next, own);
    p = pick(i >= first && i < last, times(p, next), p);
  }
  return p;
}
