// The pixels of an application's texture as the texels of a tensor: RGBA pixels are texels, fewer components are
// elements one after another.
#include <output>
#include "lib/element.glsl"
#include "lib/values.glsl"

uniform SAMPLER x_tex;
uniform int width;  // of the texture
uniform int last;   // the number of its last pixel

VEC pixel(int number) {
  number = min(number, last);
  int y = quotient(number, width);
  return VEC(texelFetch(x_tex, ivec2(number - y * width, y), 0));
}

SCALAR element(int e) {
  int number = quotient(e, COMPONENTS);
  return lane_of(pixel(number), e - number * COMPONENTS);
}

void main() {
#if COMPONENTS == 4
  VEC texel = pixel(out_texel());
#else
  ivec4 e = elements_of(out_texel(), out_form);
  VEC texel = VEC(element(e.x), element(e.y), element(e.z), element(e.w));
#endif
#if TRUTH
  texel = VEC(notEqual(texel, VEC(0)));
#endif
  write_out(texel);
}
