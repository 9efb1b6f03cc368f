// Adjoint of resizing one axis: x is seen as [outer, in_extent, inner] texels, the output as [outer, out_extent, inner],
// and each input position of the forward resize gathers from the positions that it had a part in.
// Structure: NEAREST.
#include <inputs>
#include <output>
#include "lib/turns.glsl"

uniform int inner, in_extent, out_extent;
uniform ivec3 scale;  // of the forward resize, from out_extent to in_extent

// The first forward position whose scale.x * r + scale.y reaches `place`, within 0 .. in_extent.
int first_at(int place) {
    int need = place - scale.y;
    return need <= 0 ? 0 : min(quotient(need + scale.x - 1, scale.x), in_extent);
}

void main() {
    int t = out_texel();
    int q = texel_quotient(t, inner), k = t - q * inner;
    int outer = texel_quotient(q, out_extent), i = q - outer * out_extent;
    int here = i * scale.z;
#ifdef NEAREST
    int from = i == 0 ? 0 : first_at(here);
#else
    int from = i == 0 ? 0 : first_at(here - scale.z + 1);
#endif
    int to = i == out_extent - 1 ? in_extent : first_at(here + scale.z);
    vec4 total = vec4(0.0);
#ifdef BEFORE
    vec4 whole = before0_at(t);
#else
    vec4 whole = vec4(0.0);
#endif
    for (int r = from + TURNS_FROM(2); r < from + TURNS_TO(2, to - from); r++) {
        vec4 dy = x_at((outer * in_extent + r) * inner + k);
#ifdef NEAREST
        total += dy;
#else
        int at = clamp(scale.x * r + scale.y, 0, (out_extent - 1) * scale.z);
        total += dy * (float(scale.z - abs(at - here)) / float(scale.z));
#endif
#ifdef PART  // in blocks: the error of a long sum grows with its length
        if ((r & 63) == 0) {
            whole += total;
            total = vec4(0.0);
        }
#endif
    }
    write_out(whole + total);
}
