// A scan of x along an axis: each texel folds what stands before it in its block (with `reverse`: after it).
// Structure: CARRY: to which the fold of all earlier blocks is added; else one block is all.
#include <inputs>
#include <output>
#include "lib/scan.glsl"
#include "lib/element.glsl"

uniform bool exclusive, reverse;

#if LANES
// The lanes of v scanned, after `before`.
ACC scanned(ACC v, ELEMENT_TYPE before) {
  ACC w = reverse ? v.wzyx : v;
  ACC s = ACC(before);
  s.y = s.x COMBINE w.x;
  s.z = s.y COMBINE w.y;
  s.w = s.z COMBINE w.z;
  s = exclusive ? s : ACC(s.yzw, s.w COMBINE w.w);
  return reverse ? s.wzyx : s;
}
#endif

void main() {
  int t = out_texel();
#if LANES
  int outer = quotient(t, n);
  int i = t - outer * n;
  int at = outer * n, stride = 1;
#else
  int q = quotient(t, inner);
  int outer = quotient(q, n);
  int i = q - outer * n;
  int at = outer * n * inner + t - q * inner, stride = inner;
#endif
#if CARRY
  int block = i / BLOCK;
  int from = block * BLOCK, to = min(from + BLOCK, n);
#else
  int from = 0, to = n;
#endif
  int self = LANES == 0 && !exclusive ? 1 : 0;
  ACC v = fold(at, stride, reverse ? i + 1 - self : from, reverse ? to : i + self);
#if LANES
  ELEMENT_TYPE before = across(v);
#if CARRY
  before = lane_of(carry_at(outer * carry_form.z + (block >> 2)), block & 3) COMBINE before;
#endif
  write_out(scanned(item(at, stride, i), before));
#elif CARRY
  write_out(carry_at((outer * blocks + block) * inner + t - q * inner) COMBINE v);
#else
  write_out(v);
#endif
}
