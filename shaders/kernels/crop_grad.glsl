// The adjoint of crop.glsl along one axis: what went from place `at` to pixel i of the crop comes back from i to `at`.
// `places` says where the pixels of the crops lie (crop_places.glsl).
// Structure: ROWS: from crops [boxes, crop, inner] to images [batch, size, inner], adding up the boxes of each;
// else columns: from [rows, crop, inner] to [rows, size, inner], where `rows_per_box` rows belong to a box.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/turns.glsl"

uniform int size, crop;  // pixels of the axis in the image and in the crop
uniform int inner;       // texels between neighbours along the axis
uniform int count;       // boxes
uniform int rows_per_box;

// First and last pixel of the crop that may lie less than one pixel from place `at`; last < first for none.
ivec2 reach(vec2 ends, int at) {
  float steps = float(max(crop - 1, 1));
  float slope = (ends.y - ends.x) * float(size - 1) / steps;
  if (crop == 1 || !(abs(slope) > 1e-4)) return ivec2(0, crop - 1);
  vec2 about = (float(at) + vec2(-1.0, 1.0) - ends.x * float(size - 1)) / slope;
  float margin = 0.01 + 1e-6 * float(size) / abs(slope);  // of rounding
  float low = ceil(min(about.x, about.y) - margin), high = floor(max(about.x, about.y) + margin);
  return ivec2(clamp(low, 0.0, float(crop)), clamp(high, -1.0, float(crop - 1)));
}

// What comes back to place `at` from the pixels of a crop, the first of which is texel `start`.
vec4 gathered(int box, vec2 ends, int at, int start) {
  vec4 total = vec4(0.0), whole = vec4(0.0);
  ivec2 pixels = reach(ends, at);
  for (int i = max(pixels.x, TURNS_FROM(2)); i < TURNS_TO(2, pixels.y + 1); i++) {
    vec4 place = places_at(box * crop + i);
    float beyond = float(at) - place.x;
    float share = beyond == 0.0 ? 1.0 - place.y : (beyond == 1.0 ? place.y : 0.0);
    if (share * place.z != 0.0) total += share * dy_at(start + i * inner);
#ifdef PART  // in blocks: the error of a long sum grows with its length
    if ((i & 63) == 0) {
      whole += total;
      total = vec4(0.0);
    }
#endif
  }
  return whole + total;
}

#if ROWS
bool reaches(int box, int image, int at) {
  ivec2 pixels = reach(boxes_at(box).xz, at);
  return lane_of(box_ind_at(box >> 2), box & 3) == image && pixels.x <= pixels.y;
}
#endif

void main() {
  int t = out_texel();
  int q = quotient(t, inner), k = t - q * inner;
  int outer = quotient(q, size), at = q - outer * size;
#ifdef BEFORE
  vec4 total = before0_at(t);
#else
  vec4 total = vec4(0.0);
#endif
#if ROWS
  int box = TURNS_FROM(1), end = TURNS_TO(1, count);
  while (true) {  // a loop that looks for the next box, as llvmpipe runs through what is skipped in a loop by `continue`
    while (box < end && !reaches(box, outer, at)) box++;
    if (box >= end) break;
    total += gathered(box, boxes_at(box).xz, at, box * crop * inner + k);
    box++;
  }
#else
  int box = quotient(outer, rows_per_box);
  total += gathered(box, boxes_at(box).yw, at, outer * crop * inner + k);
#endif
  write_out(total);
}
