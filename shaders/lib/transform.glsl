// Where a pixel of a transformed image lies in the image that it comes from. The kernel has an input `transforms` of eight
// numbers a row: x' = (a x + b y + c) / (g x + h y + 1), y' = (d x + e y + f) / (g x + h y + 1), counted from `origin`.
// Structure: FILLED: what lies outside has no place in the image.

#include "lib/math_bits.glsl"

uniform int transform_count;       // one for each image, or one for all
uniform ivec2 in_size, out_size;   // height, width of the image and of what it becomes
uniform int reflected, wrapped;    // 1 where the image goes on so outside; both 0: its edge (unless FILLED)
uniform vec2 origin;

// The whole part of a / b for a >= 0 and b > 0; exact where a and b are whole, also if the driver's division is not.
float whole(float a, float b) {
  float q = floor(a / b);
  float r = a - q * b;
  return q + float(r >= b) - float(r < 0.0);
}

float mapped(float at, float size) {
#if FILLED
  return at;
#else
  bool low = at < 0.0;
  if (reflected + wrapped > 0 && (low || at > size - 1.0)) {
    if (size <= 1.0) return 0.0;
    if (reflected == 1) {
      float period = 2.0 * size;
      if (low) {
        at += period * whole(-at, period);
        at = at < -size ? at + period : -at - 1.0;
      } else {
        at -= period * whole(at, period);
        at = at >= size ? period - at - 1.0 : at;
      }
    } else {
      at += low ? size * (whole(-at, size - 1.0) + 1.0) : -size * whole(at, size - 1.0);
    }
  }
  return clamp(at, 0.0, size - 1.0);
#endif
}

// False where the pixel lies nowhere (at infinity).
bool place(ivec2 pixel, vec4 first, vec4 second, out vec2 at) {
  vec2 p = vec2(pixel) - origin;
  float depth = second.z * p.x + second.w * p.y + 1.0;
  at = vec2(first.x * p.x + first.y * p.y + first.z, first.w * p.x + second.x * p.y + second.y);
  at = depth == 1.0 ? at : at / depth;
  if (depth == 0.0 || !all(is_finite(vec4(at, depth, 0.0)))) return false;
  at = vec2(mapped(at.x, float(in_size.y)), mapped(at.y, float(in_size.x)));
  return true;
}
