// Folds of blocks of texels along the axis: [outer, blocks, inner]; with LANES [rows, blocks], an element each.
#include <inputs>
#include <output>
#include "lib/scan.glsl"

void main() {
  int t = out_texel();
#if LANES
  int row = quotient(t, out_form.z);
  int block = 4 * (t - row * out_form.z);
  ACC v = NEUTRAL;
  for (int k = 0; k < 4; k++) v[k] = across(fold(row * n, 1, (block + k) * BLOCK, min((block + k + 1) * BLOCK, n)));
  write_out(v);
#else
  int q = quotient(t, inner);
  int outer = quotient(q, blocks);
  int block = q - outer * blocks;
  write_out(fold(outer * n * inner + t - q * inner, inner, block * BLOCK, min((block + 1) * BLOCK, n)));
#endif
}
