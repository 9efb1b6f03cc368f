// The adjoint of crop.glsl along one axis: what went from place `at` to pixel i of the crop comes back from i to `at`.
// Structure: BILINEAR; ROWS: from crops [boxes, crop, width] to images [batch, size, width], adding up the boxes of each;
// else columns: from [rows, crop] to [rows, size], where `rows_per_box` rows belong to a box.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/crop.glsl"
#include "lib/math_bits.glsl"

uniform int count;       // boxes
uniform int size, crop;  // pixels of the axis in the image and in the crop
uniform int inner;       // texels between neighbours along the axis
uniform int rows_per_box;

// The part that place `at` had in pixel i of the crop.
float share(vec2 ends, int i, int at) {
  vec2 numerator = crop_numerator(ends.x, ends.y, i, size, crop);
  if (!crop_inside(numerator, size, crop)) return 0.0;
  float part;
  int near = crop_near(numerator, size, crop, part);
  return at == near ? 1.0 - part : (at == near + 1 ? part : 0.0);
}

// First and last pixel of the crop that may lie less than one pixel from place `at`.
ivec2 reach(vec2 ends, int at) {
  float first = dot(crop_numerator(ends.x, ends.y, 0, size, crop), vec2(1.0)) / crop_divisor(crop);
  float slope = (ends.y - ends.x) * float(size - 1) / crop_divisor(crop);
  if (abs(slope) < 1e-4) return ivec2(0, crop - 1);
  vec2 about = (float(at) + vec2(-1.0, 1.0) - first) / slope;
  return ivec2(clamp(vec2(min(about.x, about.y) - 1.0, max(about.x, about.y) + 2.0), vec2(0.0), vec2(crop - 1)));
}

// What comes back to place `at` from the pixels of the crop, the first of which is texel `start`.
vec4 gathered(vec2 ends, int at, int start) {
  vec4 total = vec4(0.0);
  ivec2 pixels = reach(ends, at);
  for (int i = pixels.x; i <= pixels.y; i++) {
    float part = share(ends, i, at);
    if (part != 0.0) total += part * dy_at(start + i * inner);
  }
  return total;
}

void main() {
  int t = out_texel();
  int q = quotient(t, inner), k = t - q * inner;
  int outer = quotient(q, size), at = q - outer * size;
  vec4 total = vec4(0.0);
#if ROWS
  for (int box = 0; box < count; box++) {
    if (lane_of(box_ind_at(box >> 2), box & 3) != outer) continue;
    vec4 edges = boxes_at(box);  // y1, x1, y2, x2
    if (all(is_finite(edges))) total += gathered(edges.xz, at, box * crop * inner + k);
  }
#else
  vec4 edges = boxes_at(quotient(outer, rows_per_box));
  if (all(is_finite(edges))) total = gathered(edges.yw, at, outer * crop * inner + k);
#endif
  write_out(total);
}
