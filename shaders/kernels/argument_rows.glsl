// Positions of extremes of x, seen as [outer, n, inner] texels. PARTIAL: of `span` of the n, with their values, for a
// later pass over [outer, parts, inner].
#include <inputs>
#include <output>
#include "lib/argument.glsl"

uniform int inner, parts, span;

void main() {
    int t = out_texel();
    int q = quotient(t, inner);
    int row = quotient(q, parts);
    int first = (q - row * parts) * span;
    search(row * n * inner + t - q * inner, inner, first, min(first + span, n));
#ifdef PARTIAL
    write_out(best, place);
#else
    write_out(place);
#endif
}
