// A scan of floats by products, as scan.glsl does the others. Structure: CARRY: the products of all earlier blocks are
// there, with their errors; PAIRS: so are x's, and the errors of the results are written too.
#include <inputs>
#include <output>
#include "lib/scan_product.glsl"

uniform bool exclusive, reverse;

Pair ordered(Pair p) { return Pair(reverse ? p.v.wzyx : p.v, reverse ? p.e.wzyx : p.e); }

// The lanes of p scanned, after `before`, which is the same in all lanes.
Pair scanned(Pair p, Pair before) {
  Pair w = ordered(p), a = before, b = times(a, lane(w, 0)), c = times(b, lane(w, 1)), d = times(c, lane(w, 2));
  Pair with = Pair(vec4(b.v.x, c.v.x, d.v.x, 0.0), vec4(b.e.x, c.e.x, d.e.x, 0.0)), all = times(d, lane(w, 3));
  with = Pair(vec4(with.v.xyz, all.v.x), vec4(with.e.xyz, all.e.x));
  Pair without = Pair(vec4(a.v.x, with.v.xyz), vec4(a.e.x, with.e.xyz));
  return ordered(pick(exclusive, without, with));
}

void main() {
  int t = out_texel();
#if LANES
  int outer = texel_quotient(t, n), i = t - outer * n;
  int at = outer * n, stride = 1, self = 0;
#else
  int q = texel_quotient(t, inner), outer = texel_quotient(q, n), i = q - outer * n;
  int at = outer * n * inner + t - q * inner, stride = inner, self = exclusive ? 0 : 1;
#endif
  int block = i / BLOCK;
  Pair own = ONE, p = ONE;
#if CARRY
  int from = block * BLOCK;
  p = fold_block(at, stride, from, reverse ? i + 1 - self : from, reverse ? n : i + self, i, own);
#else
  for (int k = 0; k < n; k++) {
    Pair next = item(at, stride, k);
    own = pick(k == i, next, own);
    p = pick(reverse ? k + self > i : k < i + self, times(p, next), p);
  }
#endif
#if LANES
  Pair before = across(p);
#if CARRY
  int c = outer * carry_form.z + (block >> 2);
  before = times(lane(Pair(carry_at(c), carry_low_at(c)), block & 3), before);
#endif
  p = scanned(own, before);
#elif CARRY
  int c = (outer * blocks + block) * inner + t - q * inner;
  p = times(Pair(carry_at(c), carry_low_at(c)), p);
#endif
#if PAIRS
  write_out(p.v, p.e);
#else
  write_out(rounded(p));
#endif
}
