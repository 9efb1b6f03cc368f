// Products of blocks of texels along the axis, and their errors: [outer, blocks, inner]; with LANES [rows, blocks], an
// element each.
#include <inputs>
#include <output>
#include "lib/scan_product.glsl"

Pair block_at(int at, int stride, int block) {
  Pair own;
  int from = block * BLOCK;
  return fold_block(at, stride, from, from, n, -1, own);
}

void main() {
  int t = out_texel();
#if LANES
  int row = texel_quotient(t, out_form.z);
  int block = 4 * (t - row * out_form.z), at = row * n;
  Pair a = across(block_at(at, 1, block)), b = across(block_at(at, 1, block + 1));
  Pair c = across(block_at(at, 1, block + 2)), d = across(block_at(at, 1, block + 3));
  write_out(vec4(a.v.x, b.v.x, c.v.x, d.v.x), vec4(a.e.x, b.e.x, c.e.x, d.e.x));
#else
  int q = texel_quotient(t, inner);
  int outer = texel_quotient(q, blocks);
  Pair p = block_at(outer * n * inner + t - q * inner, inner, q - outer * blocks);
  write_out(p.v, p.e);
#endif
}
