// The modulus of complex numbers, whose parts are re and im. Large and small parts are scaled by powers of two,
// so that squares neither overflow nor vanish; an infinite part makes it infinite, also beside a NaN.
#include <inputs>
#include <output>

void main() {
  vec4 x = abs(re_here()), y = abs(im_here());
  bvec4 infinite = equal(floatBitsToInt(x) & 0x7fffffff, ivec4(0x7f800000));
  infinite = bvec4(ivec4(infinite) | ivec4(equal(floatBitsToInt(y) & 0x7fffffff, ivec4(0x7f800000))));
  vec4 high = max(x, y);
  vec4 down = mix(vec4(1.0), vec4(5.42101086e-20), greaterThan(high, vec4(1e18)));   // 2^-64
  vec4 scale = mix(down, vec4(1.84467441e+19), lessThan(high, vec4(1e-18)));         // 2^64
  vec4 a = x * scale, b = y * scale;
  write_out(mix(sqrt(a * a + b * b) / scale, vec4(intBitsToFloat(0x7f800000)), infinite));
}
