// The texels of a tensor as the pixels of a texture of any size; pixels after the last texel are zero.
#include <inputs>
#include "lib/layout.glsl"
#include "lib/values.glsl"

uniform int width;   // of the texture
uniform int texels;  // of the tensor
out VEC pixel;

void main() {
  int t = int(gl_FragCoord.y) * width + int(gl_FragCoord.x);
  pixel = VEC(0);
  if (t < texels) pixel = x_at(t);
}
