// The search for the position of an extreme: what ArgMax and ArgMin share. Each lane searches for itself.
// Structure: MINIMUM; INTEGER; ALONG_LANES: positions run through lanes, else through texels; PAIRED: x holds candidates of
// an earlier pass and `place` their positions; MASKED: the last of the `n` texels of a row holds only `lanes` elements.
#ifndef ARGUMENT
#define ARGUMENT
#include "lib/math_bits.glsl"
#include "lib/values.glsl"

#ifdef MINIMUM
#define BETTER lessThan
#else
#define BETTER greaterThan
#endif
#if INTEGER && defined(MINIMUM)
const SCALAR WORST = 2147483647;
#elif INTEGER
const SCALAR WORST = -2147483647 - 1;
#elif defined(MINIMUM)
#define WORST INFINITE
#else
#define WORST (-INFINITE)
#endif

uniform int n;      // texels in each row
uniform int lanes;  // elements in the last of them

VEC best;
ivec4 place;        // 0 where nothing is better than WORST

VEC candidate(int at, int i) {
    VEC v = x_at(at);
#if !INTEGER
#ifndef PAIRED
    if (i == 0) {  // a NaN wins at position 0 and nowhere else
        bvec4 first = is_nan(v);
#ifdef ALONG_LANES
        first = bvec4(first.x, false, false, false);
#endif
        v = mix(v, VEC(-WORST), first);
    }
#endif
    v = mix(v, VEC(WORST), is_nan(v));
#endif
#ifdef MASKED
    if (i == n - 1)
        for (int k = 0; k < 4; k++) v[k] = k < lanes ? v[k] : WORST;
#endif
    return v;
}

// Looks at the texels `at + i * stride` for i in [first, last), in order: of equal ones the first stays.
void search(int at, int stride, int first, int last) {
    best = VEC(WORST);
    place = ivec4(0);
    for (int i = first; i < last; i++) {
        int t = at + i * stride;
        VEC v = candidate(t, i);
#ifdef PAIRED
        ivec4 p = place_at(t);
#elif defined(ALONG_LANES)
        ivec4 p = 4 * i + ivec4(0, 1, 2, 3);
#else
        ivec4 p = ivec4(i);
#endif
        ivec4 better = ivec4(BETTER(v, best));
        place += (p - place) * better;
#if INTEGER
        best += (v - best) * better;
#else
        best = mix(best, v, bvec4(better));
#endif
    }
}

// The position that wins over the lanes.
int winner() {
    SCALAR top = best.x;
    int found = place.x;
    for (int k = 1; k < 4; k++) {
        bool better = BETTER(VEC(best[k]), VEC(top)).x || (best[k] == top && place[k] < found);
        top = better ? best[k] : top;
        found = better ? place[k] : found;
    }
    return found;
}

#endif
