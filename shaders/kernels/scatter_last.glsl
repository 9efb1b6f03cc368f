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
  for (int k = 0; 4 * k < count; k++) {
    ivec4 number = 4 * k + ivec4(0, 1, 2, 3);
    ivec4 id = ids_at(k) | ((count - 1 - number) >> 31);  // past the end -1
    for (int i = 0; i < 4; i++) {
      found.x = id[i] == slice.x ? number[i] : found.x;
      found.y = id[i] == slice.y ? number[i] : found.y;
      found.z = id[i] == slice.z ? number[i] : found.z;
      found.w = id[i] == slice.w ? number[i] : found.w;
    }
  }
  write_out(found);
}
#endif
