// Softmax over rows of n texels, or with LOGARITHM its logarithm. What it needs to know of each row comes from
// kernels/softmax_stats.glsl; ALONE: rows are so short that each fragment finds it itself.
#include <inputs>
#include <output>
#include "lib/softmax.glsl"

void main() {
    int t = out_texel();
    int row = texel_quotient(t, n);
#ifdef ALONE
    walk(row * n, 0, n);
    vec4 stats = row_stats();
#else
    vec4 stats = stats_at(row);
#endif
    vec4 shifted = logits_here() - stats.x;
#ifdef LOGARITHM
    write_out(shifted - stats.z);
#else
    write_out(falling_exp(shifted) * stats.w);
#endif
}
