// Where values would go in sorted rows: a bisection for each lane, probe by probe as in TF.js. A NaN is before nothing and
// after nothing. Structure: INTEGER: both hold integers.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/order.glsl"

uniform int length_of_row;
uniform bool right_side;

bool unordered(int key) {
#if INTEGER
  return false;
#else
  return key == NAN_KEY;
#endif
}

int place_of(int row, int key) {
  int low = 0, high = length_of_row;
  while (low < high) {
    int middle = (low + high) >> 1;
    int probe = lane_of(order_keys(sequence_at(row * sequence_form.z + (middle >> 2))), middle & 3);
    bool before = (right_side ? probe <= key : probe < key) && !unordered(probe) && !unordered(key);
    low = before ? middle + 1 : low;
    high = before ? high : middle;
  }
  return high;
}

void main() {
  int t = out_texel();
  int row = quotient(t, out_form.z);
  ivec4 keys = order_keys(values_at(t));
  write_out(ivec4(place_of(row, keys.x), place_of(row, keys.y), place_of(row, keys.z), place_of(row, keys.w)));
}
