// `kept` with probability 1 - rate, else 0.
#include <output>
#include "lib/random.glsl"

uniform float rate, kept;

void main() {
  write_out(mix(vec4(0.0), vec4(kept), greaterThanEqual(unit(random_bits(random_state(), 0)), vec4(rate))));
}
