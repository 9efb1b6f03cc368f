// Random bits by counting: a hash of (key, element, draw), of 32-bit multiplications, xors and shifts only, equal bit for bit to
// backends/cpu/kernels/random.py. Include after <output>.
#ifndef RANDOM
#define RANDOM
#include "lib/element.glsl"

uniform uvec2 key;  // from the seed

uvec4 mixed(uvec4 h) {
  h = (h ^ (h >> 16u)) * 0x21f0aaadu;
  h = (h ^ (h >> 15u)) * 0x735a2d97u;
  return h ^ (h >> 15u);
}

// The four elements of this fragment's texel: hand it to every draw.
uvec4 random_state() { return mixed(uvec4(elements_of(out_texel(), out_form)) + key.x); }

// Draw number `draw` of each element. A permutation would never repeat itself: adding the state makes it a function.
uvec4 random_bits(uvec4 state, int draw) { return mixed(state ^ mixed(uvec4(key.y + uint(draw) * 0x9e3779b9u))) + state; }

// In [0, 1), multiples of 2^-24.
vec4 unit(uvec4 bits) { return vec4(bits >> 8u) * 5.9604644775390625e-8; }

// In (0, 1], for logarithms; below 2^-24 it goes on in steps of 2^-32.
vec4 positive_unit(uvec4 bits) {
  vec4 fine = vec4((bits & 255u) + 1u) * 2.3283064365386963e-10;
  return mix(vec4((bits >> 8u) + 1u) * 5.9604644775390625e-8, fine, lessThan(bits, uvec4(256u)));
}

#endif
