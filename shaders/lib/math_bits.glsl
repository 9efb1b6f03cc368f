// What a float is made of: special values, bit tests, signs and powers of two. Tests read the bits because
// a driver may assume that no NaN exists and simplify a comparison of floats.

const int BITS_SIGN = int(0x80000000u);
const int BITS_MAGNITUDE = 0x7fffffff;
const int BITS_INF = 0x7f800000;
const int BITS_MIN_NORMAL = 0x00800000;
// macros: glslang before 16 takes no intBitsToFloat in a constant
#define NOT_A_NUMBER intBitsToFloat(0x7fc00000)
#define INFINITE intBitsToFloat(0x7f800000)

bvec4 is_nan(vec4 x) { return greaterThan(floatBitsToInt(x) & BITS_MAGNITUDE, ivec4(BITS_INF)); }

bvec4 is_inf(vec4 x) { return equal(floatBitsToInt(x) & BITS_MAGNITUDE, ivec4(BITS_INF)); }

bvec4 is_finite(vec4 x) { return lessThan(floatBitsToInt(x) & BITS_MAGNITUDE, ivec4(BITS_INF)); }

// x >= 0 with the sign of s, also where x or s is a zero.
vec4 with_sign(vec4 x, vec4 s) { return intBitsToFloat(floatBitsToInt(x) | (floatBitsToInt(s) & BITS_SIGN)); }

// 2^k for integral k in -126..127; 0 for k = -127. Other k give nonsense, which the caller selects away.
vec4 power_of_two(vec4 k) { return intBitsToFloat((ivec4(k) + 127) << 23); }

// The leading 12 bits of x: products of two such numbers are exact, fused or not.
vec4 leading_bits(vec4 x) { return intBitsToFloat(floatBitsToInt(x) & -4096); }
