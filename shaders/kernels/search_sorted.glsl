// Where values would go in sorted rows: a bisection for each lane, all four in step, probe by probe as in TF.js. A NaN is
// before nothing and after nothing. Structure: INTEGER: both hold integers.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/order.glsl"
#include "lib/values.glsl"

uniform int length_of_row;
uniform bool right_side;

ivec4 ordered(ivec4 keys) {
#if INTEGER
  return ivec4(1);
#else
  return ivec4(notEqual(keys, ivec4(NAN_KEY)));
#endif
}

ivec4 probe(int row, ivec4 places) {
  ivec4 t = row * sequence_form.z + (places >> 2), lane = places & 3;
  return order_keys(VEC(lane_of(sequence_at(t.x), lane.x), lane_of(sequence_at(t.y), lane.y),
                        lane_of(sequence_at(t.z), lane.z), lane_of(sequence_at(t.w), lane.w)));
}

void main() {
  int t = out_texel();
  int row = texel_quotient(t, out_form.z);
  ivec4 keys = order_keys(values_at(t));
  ivec4 comparable = ordered(keys);
  ivec4 low = ivec4(0), high = ivec4(length_of_row);
  while (any(lessThan(low, high))) {  // a lane that has ended probes on, and what it reads is not used
    ivec4 middle = (low + high) >> 1;
    ivec4 found = probe(row, middle);
    ivec4 before = ivec4(right_side ? lessThanEqual(found, keys) : lessThan(found, keys));
    ivec4 open = ivec4(lessThan(low, high));
    before &= open & comparable & ordered(found);
    low += (middle + 1 - low) & -before;
    high += (middle - high) & -(open - before);
  }
  write_out(high);
}
