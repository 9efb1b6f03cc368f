// Sums of the slices of x that share an id; a fragment sums one chunk of the ids, and segment_fold.glsl adds the chunks up.
// Long sums are cut into blocks of 32 and 1024.
// Structure: INTEGER: x holds integers; SCALARS: a slice is one element, each lane sums a segment; LINKED: the ids have been
// linked into lists (segment_links.glsl) and one chunk is all, else every id of the chunk is looked at.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/values.glsl"

uniform int count;   // ids
uniform int chunk;   // texels of ids in a chunk
uniform int texels;  // of the sums
uniform ivec4 sums_form;
uniform int inner;   // texels of a slice, without SCALARS

VEC total = VEC(0), middle = VEC(0), block = VEC(0);
int added = 0;

void add(VEC v) {
  block += v;
  added++;
  if ((added & 31) == 0) {
    middle += block;
    block = VEC(0);
    if ((added & 1023) == 0) {
      total += middle;
      middle = VEC(0);
    }
  }
}

#if SCALARS
void sum_up(int t, int from, int to) {
  ivec4 segment = elements_of(t, sums_form);
  for (int k = from; k < to; k++) {
    ivec4 id = ids_at(k);
    VEC v = x_at(k);
    VEC sum = VEC(0);
    for (int i = 0; i < 4; i++) {
      bvec4 hit = equal(ivec4(4 * k + i < count ? id[i] : -1), segment);
#if INTEGER
      sum += v[i] * ivec4(hit);
#else
      sum += mix(vec4(0.0), vec4(v[i]), hit);
#endif
    }
    add(sum);
  }
}
#else
void sum_up(int t, int from, int to) {
  int segment = texel_quotient(t, inner);
  int c = t - segment * inner;
#if LINKED
  int n = lane_of(first_at(segment >> 2), segment & 3);
  while (n < count) {
    add(x_at(n * inner + c));
    n = lane_of(next_at(n >> 2), n & 3);
  }
#else
  for (int k = from; k < to; k++) {
    ivec4 same = ivec4(equal(ids_at(k), ivec4(segment))) * ivec4(lessThan(4 * k + ivec4(0, 1, 2, 3), ivec4(count)));
    if (same == ivec4(0)) continue;
    for (int i = 0; i < 4; i++) {
      if (same[i] != 0) add(x_at((4 * k + i) * inner + c));
    }
  }
#endif
}
#endif

void main() {
  int t = out_texel();
  int q = texel_quotient(t, texels);
  sum_up(t - q * texels, q * chunk, min((q + 1) * chunk, (count + 3) >> 2));
  write_out(total + (middle + block));
}
