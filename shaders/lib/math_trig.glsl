// Sine, cosine, tangent. The multiple of pi is subtracted in parts, short enough that the products with
// all but the last ones are exact for |x| <= 2^15, fused or not. Beyond that the place on the circle is found
// in integers (lib/turn_of.glsl).
#include "lib/math_bits.glsl"
#include "lib/turn_of.glsl"

// x - k pi. All parts but the last two have 9 bits, so that k may have 15. A rest far from zero takes the
// small parts as one sum, hence one rounding; a rest near zero takes them one by one, which is exact
// there.
vec4 minus_pi(vec4 x, vec4 k) {
    vec4 r = (x - k * 3.140625) - k * 0.000967025757;
    vec4 far = r - (k * 6.27711415e-07 + k * 1.21417667e-10);
    vec4 near = ((r - k * 6.27711415e-07) - k * 1.21417543e-10) - k * 1.24467439e-13;
    return clamp(mix(near, far, greaterThan(abs(r), vec4(0.02))), -1.575, 1.575);
}

// x - k pi/2, likewise; near a pole the tangent multiplies the error of the rest, so that the sums have
// three lengths.
vec4 minus_half_pi(vec4 x, vec4 k) {
    vec4 r = (x - k * 1.5703125) - k * 0.000483512878;
    vec4 far = r - (k * 3.13855708e-07 + k * 6.07709450e-11);
    vec4 rest = r - k * 3.13855708e-07;
    vec4 tail = k * 6.21724894e-14 + k * 6.12323426e-17;
    vec4 middle = rest - (k * 6.07087713e-11 + tail);
    vec4 near = (rest - k * 6.07087713e-11) - tail;
    near = mix(near, middle, greaterThan(abs(rest), vec4(0.0001)));
    return clamp(mix(near, far, greaterThan(abs(r), vec4(0.02))), -0.79, 0.79);
}

// sin r for |r| <= 1.575; relative error 6e-9 before rounding.
vec4 sin_half_turn(vec4 r) {
    vec4 square = r * r;
    vec4 q = ((2.60578577e-06 * square - 0.000198096663) * square + 0.00833306834) * square - 0.166666597;
    return r + r * square * q;
}

// y, with its sign turned where k is odd, NaN where x is infinite or NaN.
vec4 turned(vec4 y, vec4 k, vec4 x) {
    y = intBitsToFloat(floatBitsToInt(y) ^ (ivec4(k) << 31));
    return mix(vec4(NOT_A_NUMBER), y, is_finite(x));
}

// y, with its sign turned where x is negative: an odd function of x from that of |x|.
vec4 with_turned_sign(vec4 y, vec4 x) { return intBitsToFloat(floatBitsToInt(y) ^ (floatBitsToInt(x) & BITS_SIGN)); }

vec4 sin_(vec4 x) {
    vec4 a = abs(x), k = roundEven(a * 0.318309873), r = minus_pi(a, k);
    reduce_large(x, 0u, 31, r, k);
    return with_turned_sign(turned(sin_half_turn(r), k, x), x);
}

// cos x = sin(x + pi/2): the multiples are half-integral.
// For 0 <= x <= 2^15.
vec4 cos_within(vec4 x) {
    vec4 k = roundEven(x * 0.318309873 + 0.5);
    return turned(sin_half_turn(-minus_pi(x, k - 0.5)), k + 1.0, x);
}

vec4 cos_(vec4 x) {
    vec4 k = roundEven(abs(x) * 0.318309873 + 0.5), r = -minus_pi(abs(x), k - 0.5);
    k += 1.0;
    reduce_large(x, 0x40000000u, 31, r, k);
    return turned(sin_half_turn(r), k, x);
}

// tan r for the rest |r| <= pi/4, relative error 1.9e-8 before rounding; -1 / tan r in odd quadrants.
vec4 tan_(vec4 x) {
    vec4 a = abs(x), k = roundEven(a * 0.636619747), r = minus_half_pi(a, k);
    reduce_large(x, 0u, 30, r, k);
    vec4 square = r * r;
    vec4 q = ((0.00944518112 * square + 0.00302069075) * square + 0.0244907998) * square + 0.0533946566;
    vec4 t = r + r * square * ((q * square + 0.13338995) * square + 0.333331496);
    vec4 y = mix(t, -1.0 / t, notEqual(ivec4(k) & 1, ivec4(0)));
    return mix(vec4(NOT_A_NUMBER), with_turned_sign(y, x), is_finite(x));
}
