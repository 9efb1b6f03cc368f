// How often the numbers 0, 1, 2, ... stand in each row of x, or the sums of the weights that stand at the same places.
// A fragment looks at one chunk of a row for 4 * LAYERS bins, one texel of counts per attachment; bincount_fold.glsl adds
// the chunks up. Structure: LAYERS; WEIGHTED; INTEGER: the weights are integers.
#include <inputs>
#include "lib/layout.glsl"

#if WEIGHTED && !INTEGER
#define SUM vec4
#else
#define SUM ivec4
#endif

uniform int columns;  // numbers in a row
uniform int n;        // texels of a row
uniform int chunk;    // texels of a chunk
uniform int groups;   // of bins, in a row
uniform int rows;
uniform int width;    // of the grid

layout(location = 0) out SUM layer_0;
#if LAYERS > 1
layout(location = 1) out SUM layer_1;
layout(location = 2) out SUM layer_2;
layout(location = 3) out SUM layer_3;
layout(location = 4) out SUM layer_4;
layout(location = 5) out SUM layer_5;
layout(location = 6) out SUM layer_6;
layout(location = 7) out SUM layer_7;
#endif

ivec4 ones(ivec4 bins, int v) { return ivec4(equal(bins, ivec4(v))); }

SUM count(ivec4 bins, ivec4 v, SUM w) {
#if !WEIGHTED
  return (ones(bins, v.x) + ones(bins, v.y)) + (ones(bins, v.z) + ones(bins, v.w));
#elif INTEGER
  return ones(bins, v.x) * w.x + ones(bins, v.y) * w.y + ones(bins, v.z) * w.z + ones(bins, v.w) * w.w;
#else
  SUM low = mix(vec4(0.0), w.xxxx, equal(bins, v.xxxx)) + mix(vec4(0.0), w.yyyy, equal(bins, v.yyyy));
  return low + (mix(vec4(0.0), w.zzzz, equal(bins, v.zzzz)) + mix(vec4(0.0), w.wwww, equal(bins, v.wwww)));
#endif
}

// Long sums are added in blocks of 16 texels.
void main() {
  int f = int(gl_FragCoord.y) * width + int(gl_FragCoord.x);
  int line = quotient(f, groups);
  int q = quotient(line, rows);
  int row = line - q * rows;
  int first_bin = (f - line * groups) * 4 * LAYERS;
  int last = min((q + 1) * chunk, n);
  SUM total[LAYERS];
  for (int i = 0; i < LAYERS; i++) total[i] = SUM(0);
  for (int k = q * chunk; k < last;) {
    SUM block[LAYERS];
    for (int i = 0; i < LAYERS; i++) block[i] = SUM(0);
    int stop = min(k + 16, last);
    for (; k < stop; k++) {
      ivec4 v = x_at(row * n + k) | ((columns - 1 - 4 * k - ivec4(0, 1, 2, 3)) >> 31);  // past the end -1
#if WEIGHTED
      SUM w = weights_at(row * n + k);
#else
      SUM w = SUM(0);
#endif
      for (int i = 0; i < LAYERS; i++) block[i] += count(first_bin + 4 * i + ivec4(0, 1, 2, 3), v, w);
    }
    for (int i = 0; i < LAYERS; i++) total[i] += block[i];
  }
  layer_0 = total[0];
#if LAYERS > 1
  layer_1 = total[1];
  layer_2 = total[2];
  layer_3 = total[3];
  layer_4 = total[4];
  layer_5 = total[5];
  layer_6 = total[6];
  layer_7 = total[7];
#endif
}
