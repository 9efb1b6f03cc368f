// Functions that compare: the native max, min and clamp may lose a NaN, these keep it.
#include "lib/math_bits.glsl"

vec4 max_(vec4 x, vec4 y) { return mix(mix(max(x, y), x, is_nan(x)), y, is_nan(y)); }

vec4 min_(vec4 x, vec4 y) { return mix(mix(min(x, y), x, is_nan(x)), y, is_nan(y)); }

vec4 clamp_(vec4 x, vec4 low, vec4 high) { return mix(min(max(x, low), high), x, is_nan(x)); }

// Unsigned bits of a negative number, -0 and -inf are 0x80000000..0xff800000.
vec4 relu(vec4 x) {
    return mix(x, vec4(0.0), lessThanEqual(floatBitsToUint(x) - 0x80000000u, uvec4(0x7f800000u)));
}
