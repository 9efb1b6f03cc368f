// Four neighbours that begin in lane `shift` of texel a and may end in the next one, b.
#include "lib/element.glsl"
#include "lib/values.glsl"

VEC shifted(VEC a, VEC b, int shift) {
  return shift < 2 ? (shift == 0 ? a : VEC(a.yzw, b.x)) : (shift == 2 ? VEC(a.zw, b.xy) : VEC(a.w, b.xyz));
}
