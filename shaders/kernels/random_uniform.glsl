// Uniform numbers in [low, low + span), the same bits on every device.
#include <output>
#include "lib/random.glsl"

uniform float low, span, least, greatest;
uniform int zero;  // 0, unknown to the compiler: keeps it from fusing the product into the sum, which rounds otherwise

void main() {
  vec4 product = unit(random_bits(random_state(), 0)) * span;
  write_out(clamp(intBitsToFloat(floatBitsToInt(product) + zero) + low, least, greatest));
}
