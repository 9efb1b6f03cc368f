// Sums or means of rows of x by segment: segment s has the rows starts[s] .. starts[s + 1] - 1 of those that `indices` pick.
// Sums are cut into blocks of 32.
// Structure: INTEGER: x holds integers; PICKED: there are indices, else all rows of x count; MEAN: divided by counts;
// SCALARS: a row is one element, each lane sums a segment.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/values.glsl"

uniform int inner;  // texels of a row, without SCALARS

int start_of(int segment) { return lane_of(starts_at(segment >> 2), segment & 3); }

int picked(int n) {
#if PICKED
  return lane_of(indices_at(n >> 2), n & 3);
#else
  return n;
#endif
}

VEC part(int n, int c) {
#if SCALARS
  int i = picked(n);
  return VEC(lane_of(x_at(i >> 2), i & 3));
#else
  return x_at(picked(n) * inner + c);
#endif
}

VEC reduced(int segment, int c) {
  int from = start_of(segment), to = start_of(segment + 1);
  VEC total = VEC(0);
  for (int first = from; first < to; first += 32) {
    VEC block = VEC(0);
    for (int n = first; n < min(first + 32, to); n++) block += part(n, c);
    total += block;
  }
#if MEAN
  total /= VEC(max(lane_of(counts_at(segment >> 2), segment & 3), 1));
#endif
  return total;
}

void main() {
  int t = out_texel();
#if SCALARS
  VEC v = VEC(0);
  for (int i = 0; i < 4; i++) {
    if (4 * t + i < out_form.w) v[i] = reduced(4 * t + i, 0).x;
  }
  write_out(v);
#else
  int segment = texel_quotient(t, inner);
  write_out(reduced(segment, t - segment * inner));
#endif
}
