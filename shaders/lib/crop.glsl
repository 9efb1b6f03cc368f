// Where pixel i of a crop of `count` pixels lies on an axis of `size` pixels, for a box from `from` to `to` (0 and 1 are the
// middles of the first and the last pixel). Positions are numerators over crop_divisor, so that edges are met exactly.

float crop_divisor(int count) { return float(max(count - 1, 1)); }

float crop_numerator(float from, float to, int i, int size, int count) {
  vec2 share = count > 1 ? vec2(count - 1 - i, i) : vec2(0.5);
  return (from * share.x + to * share.y) * float(size - 1);
}

bool crop_inside(float numerator, int size, int count) {
  return numerator >= 0.0 && numerator <= float(size - 1) * crop_divisor(count);
}

// The neighbour before, and how far the position lies from it towards the next (nearest: the neighbour, and 0).
int crop_near(float numerator, int size, int count, out float part) {
  float divisor = crop_divisor(count);
#if BILINEAR
  float near = min(floor(numerator / divisor), float(size - 1));
  part = numerator / divisor - near;
#else
  float near = floor(numerator / divisor + 0.5);
  float rest = numerator - near * divisor;  // where the quotient was rounded over the middle between two pixels
  near += float(rest >= 0.5 * divisor) - float(rest < -0.5 * divisor);
  near = min(near, float(size - 1));
  part = 0.0;
#endif
  return int(near);
}
