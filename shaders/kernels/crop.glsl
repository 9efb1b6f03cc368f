// Crops boxes out of images and resizes them. Structure: BILINEAR (else nearest); INTEGER: x is an integer texture.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/crop.glsl"
#include "lib/math_bits.glsl"

uniform int batch;
uniform ivec2 in_size, crop_size;  // height, width
uniform float outside;

void main() {
  int t = out_texel(), depth = out_form.z;
  int pixel = texel_quotient(t, depth), c = t - pixel * depth;
  int row = texel_quotient(pixel, crop_size.y), x = pixel - row * crop_size.y;
  int box = texel_quotient(row, crop_size.x), y = row - box * crop_size.x;
  vec4 edges = boxes_at(box);  // y1, x1, y2, x2
  int image = lane_of(box_ind_at(box >> 2), box & 3);
  bool known = uint(image) < uint(batch);
  image = known ? image : 0;

  vec2 down = crop_numerator(edges.x, edges.z, y, in_size.x, crop_size.x);
  vec2 across = crop_numerator(edges.y, edges.w, x, in_size.y, crop_size.y);
  bool inside = all(is_finite(edges)) && crop_inside(down, in_size.x, crop_size.x) && crop_inside(across, in_size.y, crop_size.y);
  float y_part, x_part;
  int top = crop_near(inside ? down : vec2(0.0), in_size.x, crop_size.x, y_part);
  int left = crop_near(inside ? across : vec2(0.0), in_size.y, crop_size.y, x_part);
  int line = (image * in_size.x + top) * in_size.y;
  vec4 v = vec4(x_at((line + left) * depth + c));
#if BILINEAR
  int right = min(left + 1, in_size.y - 1);
  int below = line + (top + 1 < in_size.x ? in_size.y : 0);
  vec4 v_right = vec4(x_at((line + right) * depth + c));
  vec4 w = vec4(x_at((below + left) * depth + c)), w_right = vec4(x_at((below + right) * depth + c));
  v += (v_right - v) * x_part;
  w += (w_right - w) * x_part;
  v += (w - v) * y_part;
#endif
  write_out(known ? (inside ? v : vec4(outside)) : vec4(0.0));
}
