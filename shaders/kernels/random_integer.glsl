// Uniform whole numbers: the upper half of (64 random bits) x count, plus low. A count of 0 means 2^32.
#include <output>
#include "lib/random.glsl"

uniform int low;
uniform uint count;

// The upper 32 bits of a * b, from products of 16 bits.
uvec4 high_product(uvec4 a, uint b) {
  uvec4 a0 = a & 65535u, a1 = a >> 16u;
  uint b0 = b & 65535u, b1 = b >> 16u;
  uvec4 middle = a1 * b0 + ((a0 * b0) >> 16u);
  uvec4 other = a0 * b1 + (middle & 65535u);
  return a1 * b1 + (middle >> 16u) + (other >> 16u);
}

void main() {
  uvec4 state = random_state();
  uvec4 upper = random_bits(state, 0), lower = random_bits(state, 1);
  uvec4 rest = upper * count;
  uvec4 carry = uvec4(lessThan(rest + high_product(lower, count), rest));
  uvec4 number = count == 0u ? upper : high_product(upper, count) + carry;
  write_out(ivec4(number) + low);
}
