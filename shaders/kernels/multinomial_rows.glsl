// Of each row of logits: the largest, and the sum of the weights. Structure: NORMALIZED: they are probabilities.
// In parts (lib/turns.glsl) it takes two turns: SEARCHING for the largest, and SUMMING where `tops` holds them.
#include <inputs>
#include <output>
#include "lib/weights.glsl"

void main() {
  int row = out_texel();
  float top = 0.0, total = 0.0;
#ifdef SUMMING
  top = tops_at(row).x;
#elif !NORMALIZED
#ifdef BEFORE
  vec4 largest = vec4(before0_at(row).x);
#else
  vec4 largest = vec4(-INFINITE);
#endif
  for (int c = TURNS_FROM(2); c < TURNS_TO(2, logits_form.z); c++) {
    largest = max(largest, mix(vec4(-INFINITE), logits_at(row * logits_form.z + c), outcomes(c)));
  }
  top = max(max(largest.x, largest.y), max(largest.z, largest.w));
#endif
#ifndef SEARCHING
#ifdef BEFORE
  total = before0_at(row).y;
#endif
  for (int c = TURNS_FROM(2); c < TURNS_TO(2, logits_form.z); c++) {
    vec4 w = weights(row, c, top);
    total += w.x;
    total += w.y;
    total += w.z;
    total += w.w;
  }
#endif
  write_out(vec4(top, total, 0.0, 0.0));
}
