// The best elements of each part of a row, one fragment per part, in attachments: SIZE texels of keys, as many of positions.
// Structure: LISTS: the items are not texels of x but such lists of an earlier pass; INTEGER: x holds integers.
#include <inputs>
#include "lib/layout.glsl"
#include "lib/topk.glsl"

uniform int count;   // fragments that matter
uniform int parts;   // of a row
uniform int span;    // items of a part
uniform int n;       // items of a row
uniform int width;   // of the grid
uniform int length_of_row;

layout(location = 0) out ivec4 tile_0;
layout(location = 1) out ivec4 tile_1;
#if SIZE > 1
layout(location = 2) out ivec4 tile_2;
layout(location = 3) out ivec4 tile_3;
#endif
#if SIZE > 2
layout(location = 4) out ivec4 tile_4;
layout(location = 5) out ivec4 tile_5;
#endif
#if SIZE > 3
layout(location = 6) out ivec4 tile_6;
layout(location = 7) out ivec4 tile_7;
#endif

void take(int item, int i) {
#if LISTS
  insert_texel(key0_at(item), place0_at(item));
#if SIZE > 1
  insert_texel(key1_at(item), place1_at(item));
#endif
#if SIZE > 2
  insert_texel(key2_at(item), place2_at(item));
#endif
#if SIZE > 3
  insert_texel(key3_at(item), place3_at(item));
#endif
#else
  insert_elements(order_keys(x_at(item)), i, length_of_row);
#endif
}

void main() {
  int f = min(int(gl_FragCoord.y) * width + int(gl_FragCoord.x), count - 1);
  int row = quotient(f, parts);
  int first = (f - row * parts) * span;
  int last = min(first + span, n);
  clear();
  for (int i = first; i < last; i++) take(row * n + i, i);
#if SIZE == 1
  tile_0 = keys[0]; tile_1 = places[0];
#elif SIZE == 2
  tile_0 = keys[0]; tile_1 = keys[1]; tile_2 = places[0]; tile_3 = places[1];
#elif SIZE == 3
  tile_0 = keys[0]; tile_1 = keys[1]; tile_2 = keys[2];
  tile_3 = places[0]; tile_4 = places[1]; tile_5 = places[2];
#else
  tile_0 = keys[0]; tile_1 = keys[1]; tile_2 = keys[2]; tile_3 = keys[3];
  tile_4 = places[0]; tile_5 = places[1]; tile_6 = places[2]; tile_7 = places[3];
#endif
}
