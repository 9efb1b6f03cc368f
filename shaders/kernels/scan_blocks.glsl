// Folds of blocks of texels along the axis: [outer, blocks, inner]; with LANES [rows, blocks], an element each.
#include <inputs>
#include <output>
#include "lib/scan.glsl"

VEC block_at(int at, int stride, int block) {
  VEC own;
  int from = block * BLOCK;
  return fold_block(at, stride, from, from, n, -1, own);
}

void main() {
  int t = out_texel();
#if LANES
  int row = quotient(t, out_form.z);
  int block = 4 * (t - row * out_form.z), at = row * n;
  SCALAR x = across(block_at(at, 1, block)), y = across(block_at(at, 1, block + 1));
  SCALAR z = across(block_at(at, 1, block + 2)), w = across(block_at(at, 1, block + 3));
  write_out(VEC(x, y, z, w));
#else
  int q = quotient(t, inner);
  int outer = quotient(q, blocks);
  write_out(block_at(outer * n * inner + t - q * inner, inner, q - outer * blocks));
#endif
}
