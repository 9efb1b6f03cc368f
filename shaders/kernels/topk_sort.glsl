// Rows of x in sorted blocks of 16: keys and positions. Each of a block's 4 texels is made by a fragment that sorts all.
// Structure: INTEGER: x holds integers.
#include <inputs>
#include <output>
#include "lib/topk.glsl"

uniform int length_of_row;
uniform int n;  // texels of a row of x

void main() {
  int t = out_texel();
  int row = quotient(t, out_form.z);
  int c = t - row * out_form.z;
  int first = c & ~3;
  clear();
  for (int i = first; i < min(first + 4, n); i++) insert_elements(order_keys(x_at(row * n + i)), i, length_of_row);
  int own = c & 3;
  if (own == 0) write_out(keys[0], places[0]);
  else if (own == 1) write_out(keys[1], places[1]);
  else if (own == 2) write_out(keys[2], places[2]);
  else write_out(keys[3], places[3]);
}
