// The best elements seen so far, in registers, in descending order of their keys; of equal keys the first seen comes first.
// Structure: SIZE: texels of the list. A position of -1 marks an empty place.
#include "lib/order.glsl"

ivec4 keys[SIZE];
ivec4 places[SIZE];

void clear() {
  for (int i = 0; i < SIZE; i++) {
    keys[i] = ivec4(LAST_KEY);
    places[i] = ivec4(-1);
  }
}

ivec4 pick(bvec4 which, ivec4 yes, ivec4 no) {
  return ivec4(which.x ? yes.x : no.x, which.y ? yes.y : no.y, which.z ? yes.z : no.z, which.w ? yes.w : no.w);
}

// Whether (key, place) comes before what is in the list. An int32 may be as low as the key of an empty place.
bvec4 precedes(int key, ivec4 than, ivec4 place_there) {
  bvec4 higher = greaterThan(ivec4(key), than);
#if INTEGER
  return bvec4(higher.x || place_there.x < 0, higher.y || place_there.y < 0, higher.z || place_there.z < 0,
               higher.w || place_there.w < 0);
#else
  return higher;
#endif
}

// From the end: a place after that of the newcomer takes what its neighbour had.
void insert(int key, int place) {
  for (int i = SIZE - 1; i >= 0; i--) {
    ivec4 k = keys[i], p = places[i];
    ivec4 k_before = ivec4(i > 0 ? keys[max(i - 1, 0)].w : NAN_KEY, k.xyz);
    ivec4 p_before = ivec4(i > 0 ? places[max(i - 1, 0)].w : 0, p.xyz);
    bvec4 here = precedes(key, k, p);
    bvec4 earlier = precedes(key, k_before, p_before);
    keys[i] = pick(here, pick(earlier, k_before, ivec4(key)), k);
    places[i] = pick(here, pick(earlier, p_before, ivec4(place)), p);
  }
}

void insert_texel(ivec4 k, ivec4 p) {
  insert(k.x, p.x);
  insert(k.y, p.y);
  insert(k.z, p.z);
  insert(k.w, p.w);
}

// The elements 4 * i .. 4 * i + 3 of a row; those past its length are empty places.
void insert_elements(ivec4 k, int i, int length) {
  ivec4 p = 4 * i + ivec4(0, 1, 2, 3);
  bvec4 inside = lessThan(p, ivec4(length));
  insert_texel(pick(inside, k, ivec4(LAST_KEY)), pick(inside, p, ivec4(-1)));
}
