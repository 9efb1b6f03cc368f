// Pools: each fragment walks over one window, for four channels.
// Structure: WHAT: MAX, the largest; SUM; AT, the number of the tap that holds the first of the largest, -1 for none;
// TAKE, the value of dy there. INTEGER: x is an integer texture. TAPS: small filters.
#include <inputs>
#include <output>
#include "lib/window.glsl"
#define MAX 0
#define SUM 1
#define AT 2
#define TAKE 3

#ifdef INTEGER
#define VEC ivec4
const VEC LOWEST = VEC(int(0x80000000u));
#else
#define VEC vec4
const VEC LOWEST = VEC(intBitsToFloat(int(0xff800000u)));  // -inf
#endif

uniform int count_padding;  // SUM: whether to divide by the size of the filter, not by what lies inside

void main() {
    ivec4 p = place(out_texel(), out_size, out_form.z);
    ivec2 from = p.yz * stride - pad;
    VEC best = LOWEST;
    vec4 total = vec4(0.0), line, taken = vec4(0.0);
    ivec4 found = ivec4(-1);
    int count = 0;
    for (int ky = 0; ky < taps.x; ky++) {
        int y = from.x + ky * dilation.x;
        bool row_inside = inside(y, in_size.x);
        int row = (p.x * in_size.x + y) * in_size.y;
        line = vec4(0.0);
        for (int kx = 0; kx < taps.y; kx++) {
            int x = from.y + kx * dilation.y;
            bool seen = row_inside && inside(x, in_size.y);
            int t = (row + x) * out_form.z + p.w;
            VEC v = x_at(t);
#if WHAT == SUM
            line += seen ? vec4(v) : vec4(0.0);
            count += int(seen);
#else
            v = seen ? v : LOWEST;
#if WHAT == MAX && defined(INTEGER)
            best = max(best, v);
#elif WHAT == MAX
            best = mix(best, v, greaterThan(v, best));  // never NaN, as in TF.js
#else
            bvec4 better = greaterThan(v, best);
#ifdef INTEGER
            best = max(best, v);
#else
            best = mix(best, v, better);
#endif
#if WHAT == AT
            found += (ivec4(ky * taps.y + kx) - found) * ivec4(better);
#else
            taken = mix(taken, dy_at(t), better);
#endif
#endif
#endif
        }
        total += line;
    }
#if WHAT == SUM
    count = count_padding == 1 ? taps.x * taps.y : max(count, 1);
    write_out(total / float(count));
#elif WHAT == MAX
    write_out(best);
#elif WHAT == AT
    write_out(found);
#else
    write_out(taken);
#endif
}
