// Adds up the chunks of bincount.glsl and puts its layers in order.
// Structure: LAYERS; SUMS: the layers hold floats; INTEGER: the result holds integers; BINARY: it says 1 where a count is not 0.
#include <inputs>
#include <output>
#include "lib/values.glsl"

#if SUMS
#define SUM vec4
#else
#define SUM ivec4
#endif

uniform int chunks;
uniform int groups;  // in a row
uniform int stride;  // fragments of a chunk

SUM layer_at(int layer, int f) {
#if LAYERS > 1
  switch (layer) {
    case 1: return layer1_at(f);
    case 2: return layer2_at(f);
    case 3: return layer3_at(f);
    case 4: return layer4_at(f);
    case 5: return layer5_at(f);
    case 6: return layer6_at(f);
    case 7: return layer7_at(f);
  }
#endif
  return layer0_at(f);
}

void main() {
  int t = out_texel();
  int row = texel_quotient(t, out_form.z);
  int c = t - row * out_form.z;
  int layer = c & (LAYERS - 1);
  int f = row * groups + c / LAYERS;
  SUM total = SUM(0);
  for (int q = 0; q < chunks; q++) total += layer_at(layer, q * stride + f);
#if BINARY
  total = min(total, 1);
#endif
  write_out(VEC(total));
}
