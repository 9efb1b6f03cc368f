// Index tuples as single numbers, four to a texel; -1 for a tuple that points outside.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/index_nd.glsl"

void main() {
  int n = 4 * out_texel();
  write_out(ivec4(flat_index(n), flat_index(n + 1), flat_index(n + 2), flat_index(n + 3)));
}
