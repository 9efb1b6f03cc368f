// Reduces x, seen as rows of n texels, lanes and all, to one element per row. PACKED: four rows make a texel.
#include <inputs>
#include <output>
#include "lib/reduce.glsl"

uniform int rows;

ACC fold_row(int row) { return fold(min(row, rows - 1) * n, 1, 0, n); }

void main() {
#ifdef PACKED
    int t = out_texel();
    int line = texel_quotient(t, out_form.z);
    int row = line * out_form.w + 4 * (t - line * out_form.z);
    ACC a = fold_row(row), b = fold_row(row + 1), c = fold_row(row + 2), d = fold_row(row + 3);
    ACC low = combine(ACC(a.x, b.x, c.x, d.x), ACC(a.y, b.y, c.y, d.y));
    write_out(finish(combine(low, combine(ACC(a.z, b.z, c.z, d.z), ACC(a.w, b.w, c.w, d.w)))));
#else
    ACC v = fold_row(out_texel());
    v = combine(v, v.zwxy);
    write_out(finish(combine(v, v.yxwz)));
#endif
}
