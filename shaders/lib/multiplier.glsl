// Depthwise convolutions with a multiplier m: channel o of the result comes from channel o / m of the input. Channel 4 k
// of the input begins at 4 k m, a whole texel of the result: the four lanes of a result's texel come from one texel.
#ifdef MULTIPLIED
uniform int multiplier;
int spread_texel;   // of an input pixel
ivec4 spread_lane;

void set_spread(int c) {
    ivec4 from = ivec4(quotient(4 * c, multiplier), quotient(4 * c + 1, multiplier),
                       quotient(4 * c + 2, multiplier), quotient(4 * c + 3, multiplier));
    spread_texel = from.x >> 2;
    spread_lane = from & 3;
}

// Texel c of the result's channels, from the pixel of the input that starts at texel t.
vec4 spread_at(int t, int c) {
    vec4 v = x_at(t + spread_texel);
    vec4 low = mix(vec4(v.x), vec4(v.y), equal(spread_lane, ivec4(1)));
    vec4 high = mix(vec4(v.z), vec4(v.w), equal(spread_lane, ivec4(3)));
    return mix(low, high, greaterThan(spread_lane, ivec4(1)));
}
#else
void set_spread(int c) {}
vec4 spread_at(int t, int c) { return x_at(t + c); }
#endif
