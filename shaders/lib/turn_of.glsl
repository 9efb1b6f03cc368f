// Where on the circle a float beyond 2^15 lies (Payne and Hanek's reduction): x / 2 pi as a fraction of 64 bits, from the
// bits of 1 / 2 pi that matter for the exponent of x. All in integers of 32 bits: exact but for bits below the last.

uint inverse_turn(int i) {  // the bits of 1 / 2 pi, 32 at a time
    return i < 3 ? (i < 1 ? (i < 0 ? 0u : 0x28be60dbu) : (i < 2 ? 0x9391054au : 0x7f09d5f4u))
                 : (i < 5 ? (i < 4 ? 0x7d4d3770u : 0x36d8a566u) : (i < 6 ? 0x4f10e410u : 0x7f9458eau));
}

uint upper_product(uint a, uint b) {
    uint low = (a & 0xffffu) * (b & 0xffffu);
    uint left = (a >> 16) * (b & 0xffffu) + (low >> 16), right = (a & 0xffffu) * (b >> 16) + (left & 0xffffu);
    return (a >> 16) * (b >> 16) + (left >> 16) + (right >> 16);
}

// Upper and lower half of the fraction; x > 0.
uvec2 turn_of(float x) {
    int bits = floatBitsToInt(x);
    uint m = uint((bits & 0x007fffff) | 0x00800000) << 8;
    int e = (bits >> 23) - 126, i = e >> 5, left = e & 31, right = 31 - left;
    uint a = inverse_turn(i - 1), b = inverse_turn(i), c = inverse_turn(i + 1), d = inverse_turn(i + 2);
    a = (a << left) | ((b >> 1) >> right);
    b = (b << left) | ((c >> 1) >> right);
    c = (c << left) | ((d >> 1) >> right);
    uint low = m * b, carried = low + upper_product(m, c);
    return uvec2(m * a + upper_product(m, b) + uint(carried < low), carried);
}

// The angle of a fraction of the circle, from -pi to pi, to two units in the last place however small it is.
float angle_of(uvec2 turn) {
    bool below = int(turn.x) < 0;
    uint low = below ? ~turn.y + 1u : turn.y, high = below ? ~turn.x + uint(low == 0u) : turn.x;
    float part = float(((high & 255u) << 16) | (low >> 16)) + float(low & 0xffffu) * 1.52587890625e-05;
    float f = (float(high >> 8) * 16777216.0 + part) * 7.105427357601002e-15;  // of half turns: 2^-47
    f = f * 3.14159274 - f * 8.74227766e-08;
    return below ? -f : f;
}

// Where |x| is beyond 2^15: the angle r of |x| + `start`, less `k` steps of 2^step of the fraction's upper half. A loop
// over lanes, not a branch: llvmpipe runs through branches that nothing takes, so there should be little in one.
void reduce_large(vec4 x, uint start, int step, inout vec4 r, inout vec4 k) {
    int lanes = any(greaterThan(abs(x), vec4(32768.0))) ? 4 : 0;
    for (int i = 0; i < lanes; i++) {
        uvec2 turn = turn_of(abs(x.x));
        turn.x += start;
        uint whole = (turn.x + (1u << (step - 1))) >> step;
        turn.x -= whole << step;
        bool large = abs(x.x) > 32768.0;
        r.x = large ? angle_of(turn) : r.x;
        k.x = large ? float(whole) : k.x;
        x = x.yzwx;
        r = r.yzwx;
        k = k.yzwx;
    }
}
