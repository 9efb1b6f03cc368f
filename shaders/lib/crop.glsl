// Where pixel i of a crop of `count` pixels lies on an axis of `size` pixels, for a box from `from` to `to` (0 and 1 are the
// middles of the first and the last pixel). Positions are numerators over crop_divisor, held as a multiple of 2^-11 and what
// is left, so that edges and the middles between pixels are met as exactly as with doubles (a sum's rounding error, computed
// from the sum, would not do: drivers simplify it away). Structure: BILINEAR (else nearest).

float crop_divisor(int count) { return float(max(count - 1, 1)); }

vec2 crop_numerator(float from, float to, int i, int size, int count) {
  vec2 share = (count > 1 ? vec2(count - 1 - i, i) : vec2(0.5)) * float(size - 1);
  vec2 ends = vec2(from, to);
  vec2 coarse = floor(ends * 2048.0) * (1.0 / 2048.0);
  return vec2(dot(coarse, share), dot(ends - coarse, share));
}

bool crop_inside(vec2 numerator, int size, int count) {
  float end = float(size - 1) * crop_divisor(count);
  return numerator.x + numerator.y >= 0.0 && (numerator.x - end) + numerator.y <= 0.0;
}

// The neighbour before, and how far the position lies from it towards the next (nearest: the neighbour, and 0).
int crop_near(vec2 numerator, int size, int count, out float part) {
  float divisor = crop_divisor(count);
#if BILINEAR
  float near = min(floor((numerator.x + numerator.y) / divisor), float(size - 1));
  part = ((numerator.x - near * divisor) + numerator.y) / divisor;
#else
  float near = floor((numerator.x + numerator.y) / divisor + 0.5);  // may be rounded over the middle between two pixels
  near -= float((numerator.x - (near - 0.5) * divisor) + numerator.y < 0.0);
  near += float((numerator.x - (near + 0.5) * divisor) + numerator.y >= 0.0);
  near = min(near, float(size - 1));
  part = 0.0;
#endif
  return int(near);
}
