// Positions of extremes of x, seen as rows of n texels, one per row. PACKED: four rows make a texel.
#include <inputs>
#include <output>
#include "lib/argument.glsl"

uniform int rows;

int position(int row) {
    search(min(row, rows - 1) * n, 1, 0, n);
    return winner();
}

void main() {
    int t = out_texel();
#ifdef PACKED
    int line = texel_quotient(t, out_form.z);
    int row = line * out_form.w + 4 * (t - line * out_form.z);
    write_out(ivec4(position(row), position(row + 1), position(row + 2), position(row + 3)));
#else
    write_out(ivec4(position(t)));
#endif
}
