// Pools: each fragment walks over one window, for four channels. With a filter that is added to the input: dilation.
// Structure: WHAT: MAX, the largest; SUM; AT, the number of the tap that holds the first of the largest, -1 for none, as
// a float where taps are so few that it is exact, with MANY_TAPS as an integer;
// TAKE, the value of dy there; TAKE_TAP, the value of dy, which lies as the filter does, at that tap; WITH_PLACE, the
// largest and where in x it lies. DEEP: volumes, where ties go to the last. INTEGER: x is an integer texture. ADDED: the
// filter. TAPS: small filters.
#include <inputs>
#include <output>
#include "lib/values.glsl"
#include "lib/window.glsl"
#define MAX 0
#define SUM 1
#define AT 2
#define TAKE 3
#define TAKE_TAP 4
#define WITH_PLACE 5

#ifdef INTEGER
const VEC LOWEST = VEC(int(0x80000000u));
#else
#define LOWEST VEC(intBitsToFloat(int(0xff800000u)))  // -inf
#endif
#if defined(DEEP) && WHAT != MAX
#define LAST
#define above greaterThanEqual
#else
#define above greaterThan
#endif

uniform int count_padding;  // SUM: whether to divide by the size of the filter, not by what lies inside
uniform int include_batch;  // WITH_PLACE: whether to count through the images before

VEC best;
vec4 total = vec4(0.0), taken = vec4(0.0);
ivec4 found = ivec4(-1);
int count = 0;

// Walks over the part of a window that starts at `from` and lies in one image; c: texel within the pixel, tap: the first.
void walk(int image, ivec2 from, int c, int tap) {
    for (int ky = TURNS_FROM(1); ky < TURNS_TO(1, taps.x); ky++) {
        int y = from.x + ky * dilation.x;
        bool row_inside = inside(y, in_size.x);
        int row = (image * in_size.x + y) * in_size.y;
        vec4 line = vec4(0.0);
        for (int kx = TURNS_FROM(2); kx < TURNS_TO(2, taps.y); kx++) {
            int x = from.y + kx * dilation.y;
            bool seen = row_inside && inside(x, in_size.y);
            int t = (row + x) * out_form.z + c, k = tap + ky * taps.y + kx;
            VEC v = x_at(t);
#ifdef ADDED
            v += filter_at(k * out_form.z + c);
#endif
#if WHAT == SUM
            line += seen ? vec4(v) : vec4(0.0);
            count += int(seen);
#else
            v = seen ? v : LOWEST;
            bvec4 better = above(v, best);
#ifdef LAST
            better = seen ? better : bvec4(false);
#endif
#ifdef INTEGER
            best = max(best, v);
#else
            best = mix(best, v, better);  // never NaN, as in TF.js
#endif
#if WHAT == AT
            found += (ivec4(k) - found) * ivec4(better);
#elif WHAT == WITH_PLACE
            int pixel = row + x - (1 - include_batch) * image * in_size.x * in_size.y;
            found += (pixel * out_form.w + 4 * c + ivec4(0, 1, 2, 3) - found) * ivec4(better);
#elif WHAT == TAKE
            taken = mix(taken, dy_at(t), better);
#elif WHAT == TAKE_TAP
            taken = mix(taken, dy_at(k * out_form.z + c), better);
#endif
#endif
        }
        total += line;
    }
}

void main() {
    int t = out_texel();
    ivec4 p = place(t, out_size, out_form.z);
    best = LOWEST;
#if defined(BEFORE) && WHAT == SUM
    total = before0_at(t);
#elif defined(BEFORE)
    best = before0_at(t);
#if WHAT == AT || WHAT == WITH_PLACE
    found = before1_at(t);
#elif WHAT != MAX
    taken = before1_at(t);
#endif
#endif
    ivec2 from = p.yz * stride - pad;
    int size = taps.x * taps.y;
#ifdef DEEP
    for (int k = TURNS_FROM(0), image; k < TURNS_TO(0, deep_taps); k++) {
        if (meets(p.x, k, image)) walk(image, from, p.w, k * size);
    }
    size *= deep_taps;
#else
    walk(p.x, from, p.w, 0);
#endif
#if WHAT == SUM && defined(GOES_ON)
    write_out(total);
#elif WHAT == SUM
#ifdef PART  // counts all taps, not those of this pass
    count = counted(from.x, taps.x, dilation.x, in_size.x) * counted(from.y, taps.y, dilation.y, in_size.y);
#ifdef DEEP
    count *= counted(in_volume(p.x, depths.y).y * deep_stride - deep_pad, deep_taps, deep_dilation, depths.x);
#endif
#endif
    count = count_padding == 1 ? size : max(count, 1);
    write_out(total / float(count));
#elif WHAT == MAX
    write_out(best);
#elif WHAT == WITH_PLACE || (WHAT == AT && defined(GOES_ON))
    write_out(best, found);
#elif WHAT == AT && !defined(MANY_TAPS)
    write_out(vec4(found));
#elif WHAT == AT
    write_out(found);
#elif defined(GOES_ON)
    write_out(best, taken);
#else
    write_out(taken);
#endif
}
