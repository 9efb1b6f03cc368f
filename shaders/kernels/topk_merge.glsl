// Neighbouring runs of a row merged into one, cut at `merged` texels: keys and positions, in descending order of the keys.
// Each fragment finds by bisection where its 4 elements begin in both runs. Of equal keys those of the first run come first.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/order.glsl"

uniform int run;     // texels of a run
uniform int runs;    // in a row
uniform int merged;  // texels of a run of the output

int key_of(int base, int e) { return lane_of(key_at(base + (e >> 2)), e & 3); }

void main() {
  int t = out_texel();
  int row = texel_quotient(t, out_form.z);
  int c = t - row * out_form.z;
  int pair = quotient(c, merged);
  int d = 4 * (c - pair * merged);
  int a = row * key_form.z + 2 * pair * run, b = a + run;
  int a_length = 4 * run, b_length = 2 * pair + 1 < runs ? 4 * run : 0;
  int low = max(0, d - b_length), high = min(d, a_length);
  while (low < high) {
    int middle = (low + high) >> 1;
    if (key_of(a, middle) >= key_of(b, d - 1 - middle)) low = middle + 1;
    else high = middle;
  }
  int i = low, j = d - low;
  ivec4 keys, places;
  for (int k = 0; k < 4; k++) {
    int left = key_of(a, min(i, a_length - 1));
    int right = b_length > 0 ? key_of(b, min(j, b_length - 1)) : left;
    bool first = j >= b_length || (i < a_length && left >= right);
    bool none = i >= a_length && j >= b_length;  // a run without a neighbour, made longer
    int e = first ? min(i++, a_length - 1) : j++;
    int place = lane_of(place_at((first ? a : b) + (e >> 2)), e & 3);
    keys[k] = none ? LAST_KEY : first ? left : right;
    places[k] = none ? -1 : place;
  }
  write_out(keys, places);
}
