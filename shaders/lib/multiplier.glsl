// Depthwise convolutions with a multiplier m: channel o of the result comes from channel o / m of the input, so that the
// four lanes of a result's texel come from two neighbouring texels of the input at most.
#ifdef MULTIPLIED
uniform int multiplier;
uniform int last_channel;   // of the input
int spread_a, spread_b;     // the two texels of an input pixel
ivec4 spread_lane;          // 0..3 of the first, 4..7 of the second

int channel_of(int o) { return min(quotient(o, multiplier), last_channel); }

void set_spread(int c) {
    ivec4 from = ivec4(channel_of(4 * c), channel_of(4 * c + 1), channel_of(4 * c + 2), channel_of(4 * c + 3));
    spread_a = from.x >> 2;
    spread_b = from.w >> 2;
    spread_lane = from - 4 * spread_a;
}

float lane_of(vec4 v, int i) { return i < 2 ? (i == 0 ? v.x : v.y) : (i == 2 ? v.z : v.w); }

float spread_one(vec4 a, vec4 b, int i) { return i < 4 ? lane_of(a, i) : lane_of(b, i - 4); }

// Texel c of the result's channels, from the pixel of the input that starts at texel t.
vec4 spread_at(int t, int c) {
    vec4 a = x_at(t + spread_a), b = x_at(t + spread_b);
    return vec4(spread_one(a, b, spread_lane.x), spread_one(a, b, spread_lane.y),
                spread_one(a, b, spread_lane.z), spread_one(a, b, spread_lane.w));
}
#else
void set_spread(int c) {}
vec4 spread_at(int t, int c) { return x_at(t + c); }
#endif
