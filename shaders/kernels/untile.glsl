// Puts the layers that a tiled kernel drew (lib/tile.glsl) in order, and adds up partial sums.
// The result is seen as [outer, extent, inner] texels, of which `extent` was tiled: along it `groups` tiles of `tile_rows`.
// Structure: ORDER: where row d of `extent` went. BANDS: to tile d % groups, layer d / groups; CYCLIC: rows `spacing`
// apart share a tile: of each tile_rows * spacing rows, row y went to tile y % spacing, layer y / spacing; LANES: bands of
// four neighbours each. PARTS: `parts` partial sums, `stride` fragments apart, are added up, then the epilogue applied.
// IN_TURNS: a line may begin with texels that an earlier turn gave.
#include <inputs>
#include <output>
#ifdef PARTS
#include <epilogue>
uniform int parts, stride;
#endif
#define BANDS 0
#define CYCLIC 1
#define LANES 2

uniform int extent, inner, groups, tile_rows, spacing;
uniform int first_fragment, first_texel;  // of those whose tiles lie here, and of the result's that they give

void main() {
  int t = out_texel();
#ifdef IN_TURNS
  if (t < first_texel) discard;
#endif
  int row = texel_quotient(t, inner);
  int outer = texel_quotient(row, extent);
  int d = row - outer * extent;
#if ORDER == BANDS
  int i = texel_quotient(d, groups), g = d - i * groups;
#elif ORDER == CYCLIC
  int lines = tile_rows * spacing, line = texel_quotient(d, lines), y = d - line * lines;
  int i = texel_quotient(y, spacing), g = line * spacing + y - i * spacing;
#else
  int four = d >> 2, band = texel_quotient(four, groups), g = four - band * groups, i = 4 * band + (d & 3);
#endif
  int u = (outer * groups + g) * inner + t - row * inner - first_fragment;
  vec4 v = tile_at(i, u);
#ifdef PARTS
  for (int part = 1; part < parts; part++) v += tile_at(i, u + part * stride);
  v = epilogue(v, t, t - texel_quotient(t, out_form.z) * out_form.z);
#endif
  write_out(v);
}
