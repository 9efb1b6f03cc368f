// A scan of x along an axis: each texel folds what stands before it in its block (with `reverse`: after it).
// Structure: CARRY: to which the fold of all earlier blocks is added; else the few texels there are make one block.
#include <inputs>
#include <output>
#include "lib/scan.glsl"
#include "lib/element.glsl"

uniform bool exclusive, reverse;

#if LANES
// The lanes of v scanned, after `before`.
VEC scanned(VEC v, SCALAR before) {
  VEC w = reverse ? v.wzyx : v;
  VEC s = VEC(before);
  s.y = s.x COMBINE w.x;
  s.z = s.y COMBINE w.y;
  s.w = s.z COMBINE w.z;
  s = exclusive ? s : VEC(s.yzw, s.w COMBINE w.w);
  return reverse ? s.wzyx : s;
}
#endif

void main() {
  int t = out_texel();
#if LANES
  int outer = texel_quotient(t, n);
  int i = t - outer * n;
  int at = outer * n, stride = 1;
  int self = 0;
#else
  int q = texel_quotient(t, inner);
  int outer = texel_quotient(q, n);
  int i = q - outer * n;
  int at = outer * n * inner + t - q * inner, stride = inner;
  int self = exclusive ? 0 : 1;
#endif
  int block = i / BLOCK;
  VEC own;
#if CARRY
  int from = block * BLOCK;
  VEC v = fold_block(at, stride, from, reverse ? i + 1 - self : from, reverse ? n : i + self, i, own);
#else
  VEC v = NEUTRAL;
  for (int k = 0; k < n; k++) {
    VEC next = item(at, stride, k);
    own = k == i ? next : own;
    v = (reverse ? k + self > i : k < i + self) ? v COMBINE next : v;
  }
#endif
#if LANES
  SCALAR before = across(v);
#if CARRY
  before = lane_of(carry_at(outer * carry_form.z + (block >> 2)), block & 3) COMBINE before;
#endif
  write_out(scanned(own, before));
#elif CARRY
  write_out(carry_at((outer * blocks + block) * inner + t - q * inner) COMBINE v);
#else
  write_out(v);
#endif
}
