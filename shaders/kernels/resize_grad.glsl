// Adjoint of resizing one axis: x is seen as [outer, in_extent, inner] texels, the output as [outer, out_extent, inner],
// and each input position of the forward resize gathers from the positions that it had a part in.
// Structure: NEAREST.
#include <inputs>
#include <output>

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
    for (int r = from; r < to; r++) {
        vec4 dy = x_at((outer * in_extent + r) * inner + k);
#ifdef NEAREST
        total += dy;
#else
        int at = clamp(scale.x * r + scale.y, 0, (out_extent - 1) * scale.z);
        total += dy * (float(scale.z - abs(at - here)) / float(scale.z));
#endif
    }
    write_out(total);
}
