// The adjoint of crop.glsl: each pixel of the image gathers from the crops that it had a part in. Structure: BILINEAR.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/crop.glsl"

uniform int count;                 // boxes
uniform ivec2 in_size, crop_size;  // height, width

// The part that place `at` of an axis had in pixel i of the crop.
float share(float from, float to, int i, int at, int size, int crop) {
  vec2 numerator = crop_numerator(from, to, i, size, crop);
  float part;
  if (!crop_inside(numerator, size, crop)) return 0.0;
  int near = crop_near(numerator, size, crop, part);
  return at == near ? 1.0 - part : (at == near + 1 ? part : 0.0);
}

// First and last pixel of the crop that may lie less than one pixel from place `at`; none where the box is no number.
ivec2 reach(float from, float to, int at, int size, int crop) {
  float first = dot(crop_numerator(from, to, 0, size, crop), vec2(1.0)) / crop_divisor(crop);
  float slope = (to - from) * float(size - 1) / crop_divisor(crop);
  if (!(abs(first) + abs(slope) < 1e30)) return ivec2(0, -1);
  if (abs(slope) < 1e-4) return ivec2(0, crop - 1);
  vec2 ends = (float(at) + vec2(-1.0, 1.0) - first) / slope;
  return ivec2(clamp(vec2(min(ends.x, ends.y) - 1.0, max(ends.x, ends.y) + 2.0), vec2(0.0), vec2(crop - 1)));
}

void main() {
  int t = out_texel(), depth = out_form.z;
  int pixel = quotient(t, depth), c = t - pixel * depth;
  int row = quotient(pixel, in_size.y), x = pixel - row * in_size.y;
  int image = quotient(row, in_size.x), y = row - image * in_size.x;
  vec4 total = vec4(0.0);
  for (int box = 0; box < count; box++) {
    if (lane_of(box_ind_at(box >> 2), box & 3) != image) continue;
    vec4 edges = boxes_at(box);  // y1, x1, y2, x2
    ivec2 rows = reach(edges.x, edges.z, y, in_size.x, crop_size.x);
    ivec2 columns = reach(edges.y, edges.w, x, in_size.y, crop_size.y);
    for (int i = rows.x; i <= rows.y; i++) {
      float down = share(edges.x, edges.z, i, y, in_size.x, crop_size.x);
      if (down == 0.0) continue;
      for (int j = columns.x; j <= columns.y; j++) {
        float across = share(edges.y, edges.w, j, x, in_size.y, crop_size.y);
        if (across != 0.0) total += dy_at(((box * crop_size.x + i) * crop_size.y + j) * depth + c) * (down * across);
      }
    }
  }
  write_out(total);
}
