// Puts the attachments of a tiled kernel (lib/tile.glsl) together into the linear result, adding up partial sums.
// The result is seen as [outer, extent, inner] texels, of which `extent` was tiled: along it `groups` tiles of ROWS.
// Structure: ROWS; ORDER: where row d of `extent` went. BANDS: tile d % groups, attachment d / groups;
// CYCLIC: rows `spacing` apart share a tile: of each ROWS * spacing rows, row y goes to tile y % spacing, attachment
// y / spacing; LANES: bands of four neighbours each.
// PARTS: `parts` partial sums, `stride` fragments apart, are added up, then the epilogue applied.
#include "lib/layout.glsl"
#include <inputs>
#include <output>
#ifdef PARTS
#include <epilogue>
uniform int parts, stride;
#endif
#define BANDS 0
#define CYCLIC 1
#define LANES 2

uniform int extent, inner, groups, spacing;

vec4 attachment(int i, int u) {
#if ROWS == 1
  return tile0_at(u);
#else
  vec4 v;
  if (i == 0) v = tile0_at(u);
  else if (i == 1) v = tile1_at(u);
#if ROWS > 2
  else if (i == 2) v = tile2_at(u);
#endif
#if ROWS > 3
  else if (i == 3) v = tile3_at(u);
#endif
#if ROWS > 4
  else if (i == 4) v = tile4_at(u);
#endif
#if ROWS > 5
  else if (i == 5) v = tile5_at(u);
#endif
#if ROWS > 6
  else if (i == 6) v = tile6_at(u);
#endif
#if ROWS > 7
  else v = tile7_at(u);
#endif
  return v;
#endif
}

void main() {
  int t = out_texel();
  int row = quotient(t, inner);
  int outer = quotient(row, extent);
  int d = row - outer * extent;
#if ORDER == BANDS
  int i = quotient(d, groups), g = d - i * groups;
#elif ORDER == CYCLIC
  int line = quotient(d, ROWS * spacing), y = d - line * ROWS * spacing;
  int i = quotient(y, spacing), g = line * spacing + y - i * spacing;
#else
  int four = d >> 2, band = quotient(four, groups), g = four - band * groups, i = 4 * band + (d & 3);
#endif
  int u = (outer * groups + g) * inner + t - row * inner;
  vec4 v = attachment(i, u);
#ifdef PARTS
  for (int p = 1; p < parts; p++) v += attachment(i, u + p * stride);
  v = epilogue(v, t, t - quotient(t, columns) * columns);
#endif
  write_out(v);
}
