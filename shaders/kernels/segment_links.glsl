// Linked lists through `ids`, four links to a texel: where the next equal id stands; `count` where there is none.
// Structure: FIRST: for each segment number its first id; else for each id the next one after it.
#include <inputs>
#include <output>

uniform int count;  // ids

void main() {
  int t = out_texel();
  ivec4 self = 4 * t + ivec4(0, 1, 2, 3);
#if FIRST
  ivec4 target = self, after = ivec4(-1), found = ivec4(count);
  int k = 0;
#else
  ivec4 target = ids_at(t), after = self, found = ivec4(count) * ivec4(lessThan(self, ivec4(count)));
  int k = t;
#endif
  for (; 4 * k < count; k++) {
    ivec4 id = ids_at(k);
    for (int i = 0; i < 4; i++) {
      int place = 4 * k + i;
      ivec4 hit = ivec4(equal(ivec4(id[i]), target)) * ivec4(lessThan(after, ivec4(place))) * int(place < count);
      found = min(found, count - hit * (count - place));
    }
    if (all(lessThan(found, ivec4(count)))) break;
  }
  write_out(found);
}
