// Reduces x, seen as [outer, n, inner] texels, to [outer, parts, inner] texels: a fragment folds `span` of the n.
#include <inputs>
#include <output>
#include "lib/reduce.glsl"

uniform int inner, parts, span;

void main() {
    int t = out_texel();
    int q = texel_quotient(t, inner);
    int row = texel_quotient(q, parts);
    int first = (q - row * parts) * span;
    write_out(finish(fold(row * n * inner + t - q * inner, inner, first, min(first + span, n))));
}
