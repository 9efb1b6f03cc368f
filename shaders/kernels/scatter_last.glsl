// For each slice of the output the number of the last id that equals its own; -1 where there is none.
// Structure: SORTED: ids are in descending order, and `places` says where they stood; of equal ids the last stands last.
#include <inputs>
#include <output>
#include "lib/element.glsl"

uniform int count;  // ids

#if SORTED
int last_of(int slice) {
  int low = 0, high = count;
  while (low < high) {  // the number of ids that are at least `slice`
    int middle = (low + high) >> 1;
    bool before = lane_of(ids_at(middle >> 2), middle & 3) >= slice;
    low = before ? middle + 1 : low;
    high = before ? high : middle;
  }
  int i = max(low - 1, 0);
  return lane_of(ids_at(i >> 2), i & 3) == slice ? lane_of(places_at(i >> 2), i & 3) : -1;
}

void main() {
  ivec4 e = elements_of(out_texel(), out_form);
  write_out(ivec4(last_of(e.x), last_of(e.y), last_of(e.z), last_of(e.w)));
}
#else
void main() {
  ivec4 slice = elements_of(out_texel(), out_form);
  ivec4 found = ivec4(-1);
  for (int k = (count - 1) >> 2; k >= 0; k--) {
    ivec4 id = ids_at(k);
    for (int i = 3; i >= 0; i--) {
      ivec4 hit = ivec4(equal(ivec4(id[i]), slice)) * ivec4(lessThan(found, ivec4(0))) * int(4 * k + i < count);
      found += hit * (4 * k + i + 1);
    }
    if (all(greaterThanEqual(found, ivec4(0)))) break;
  }
  write_out(found);
}
#endif
