// For each pixel of the crop of each box, along one axis: the neighbour before it in the image, how far it lies from there
// towards the next, and 1 where it lies inside. Structure: BILINEAR (else nearest).
#include <inputs>
#include <output>
#include "lib/crop.glsl"
#include "lib/math_bits.glsl"

uniform int size, crop;  // pixels of the axis in the image and in the crop
uniform int axis;        // 0: rows, 1: columns

void main() {
  int t = out_texel();
  int box = texel_quotient(t, crop);
  vec4 edges = boxes_at(box);  // y1, x1, y2, x2
  vec2 ends = axis == 0 ? edges.xz : edges.yw, numerator = crop_numerator(ends.x, ends.y, t - box * crop, size, crop);
  bool inside = all(is_finite(edges)) && crop_inside(numerator, size, crop);
  float part;
  int near = crop_near(inside ? numerator : vec2(0.0), size, crop, part);
  write_out(vec4(near, part, inside, 0.0));
}
