// Where pixel i of a crop of `count` pixels lies on an axis of `size` pixels, for a box from `from` to `to` (0 and 1 are the
// middles of the first and the last pixel). Positions are numerators over crop_divisor, held as a sum of two floats, so that
// edges and the middles between pixels are met as exactly as doubles would. Structure: BILINEAR (else nearest).
#include "lib/math_bits.glsl"

float crop_divisor(int count) { return float(max(count - 1, 1)); }

// a * b as a rounded product and what it lacks.
vec2 exact_product(float a, float b) {
  float p = a * b;
  vec2 high = leading_bits(vec4(a, b, 0.0, 0.0)).xy;
  vec2 low = vec2(a, b) - high;
  return vec2(p, ((high.x * high.y - p) + high.x * low.y + low.x * high.y) + low.x * low.y);
}

vec2 crop_numerator(float from, float to, int i, int size, int count) {
  vec2 share = (count > 1 ? vec2(count - 1 - i, i) : vec2(0.5)) * float(size - 1);
  vec2 a = exact_product(from, share.x), b = exact_product(to, share.y);
  float sum = a.x + b.x;
  float part = sum - a.x;
  return vec2(sum, ((a.x - (sum - part)) + (b.x - part)) + (a.y + b.y));
}

bool crop_inside(vec2 numerator, int size, int count) {
  float end = float(size - 1) * crop_divisor(count);
  bool after = numerator.x > 0.0 || (numerator.x == 0.0 && numerator.y >= 0.0);
  return after && (numerator.x < end || (numerator.x == end && numerator.y <= 0.0));
}

// The neighbour before, and how far the position lies from it towards the next (nearest: the neighbour, and 0).
int crop_near(vec2 numerator, int size, int count, out float part) {
  float divisor = crop_divisor(count);
#if BILINEAR
  float near = min(floor(numerator.x / divisor), float(size - 1));
  part = ((numerator.x - near * divisor) + numerator.y) / divisor;
#else
  float near = floor(numerator.x / divisor + 0.5);  // may be rounded over the middle between two pixels
  near -= float((numerator.x - (near - 0.5) * divisor) + numerator.y < 0.0);
  near += float((numerator.x - (near + 0.5) * divisor) + numerator.y >= 0.0);
  near = min(near, float(size - 1));
  part = 0.0;
#endif
  return int(near);
}
