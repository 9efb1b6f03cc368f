// Each row of x normalised by its texel of kernels/layer_norm_stats.glsl, then with SCALE times scale, with OFFSET plus
// offset. GRAD: in place of that the gradient by x.
#include <inputs>
#include <output>

void main() {
    int t = out_texel();
    int row = texel_quotient(t, out_form.z), column = out_column(t, row);
    vec4 stats = stats_at(row);
    vec4 y = (x_here() - stats.x) * stats.y;
#ifdef GRAD
    vec4 g = dy_here();
#ifdef SCALE
    g *= scale_at(column);
#endif
    y = stats.y * (g - stats.z - y * stats.w);
#else
#ifdef SCALE
    y *= scale_at(column);
#endif
#ifdef OFFSET
    y += offset_at(column);
#endif
#endif
    write_out(y);
}
