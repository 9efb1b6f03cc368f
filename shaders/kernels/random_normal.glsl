// Normal numbers. Structure: INTEGER: rounded to whole numbers.
#include <output>
#include "lib/random_normal.glsl"

uniform float mean, deviation;

void main() {
  vec4 v = mean + deviation * random_normal(random_state(), 0);
#if INTEGER
  write_out(ivec4(floor(v + 0.5)));
#else
  write_out(v);
#endif
}
