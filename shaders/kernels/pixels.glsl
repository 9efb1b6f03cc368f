// Pixels as red, green, blue and alpha from 0 to 255. Structure: INTEGER: x holds such numbers, else floats from 0 to 1.
#include <inputs>
#include <output>

uniform int depth;  // channels of x: 1 (grey), 3 or 4
uniform int alpha;  // where x has none

void main() {
#if INTEGER
  ivec4 v = clamp(x_at(out_texel()), 0, 255);
#else
  vec4 given = x_at(out_texel());
  vec4 level = mix(vec4(0.0), clamp(given, 0.0, 1.0), greaterThan(given, vec4(0.0)));  // NaN is 0
  ivec4 v = ivec4(floor(level * 255.0 + 0.5));
#endif
  write_out(depth == 4 ? v : ivec4(depth == 1 ? v.xxx : v.xyz, alpha));
}
