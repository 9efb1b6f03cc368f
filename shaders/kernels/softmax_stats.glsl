// A texel for each row of logits: the largest element, the sum of e^(x - largest), its logarithm, its reciprocal.
// PARTIAL: two texels, the largest elements and sums of the lanes, for each of `parts` parts of a row; MERGE: from these.
#include <inputs>
#include <output>
#include "lib/softmax.glsl"

uniform int parts, span;

void main() {
    int t = out_texel();
#ifdef PARTIAL
    int row = texel_quotient(t, parts);
    int first = (t - row * parts) * span;
    walk(row * n, first, min(first + span, n));
    write_out(top, sum);
#else
#ifdef MERGE
    top = vec4(-INFINITE);
    sum = vec4(0.0);
    for (int p = t * parts; p < (t + 1) * parts; p++) top = max_(top, top_at(p));
    vec4 shift = shift_of(top);
    for (int p = t * parts; p < (t + 1) * parts; p++) sum += sum_at(p) * falling_exp(top_at(p) - shift);
#else
    walk(t * n, 0, n);
#endif
    write_out(row_stats());
#endif
}
