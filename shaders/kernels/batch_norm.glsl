// (x - mean) / sqrt(variance + epsilon) * scale + offset. The parameters are rows as long as x's, or, with WHOLE, of x's shape.
// Structure: WHOLE; SCALE and OFFSET where these are given.
#include <inputs>
#include <output>

uniform float epsilon;

void main() {
    int t = out_texel();
#ifdef WHOLE
    int p = t;
#else
    int p = t - quotient(t, out_form.z) * out_form.z;
#endif
    vec4 factor = inversesqrt(variance_at(p) + epsilon);
#ifdef SCALE
    factor *= scale_at(p);
#endif
    vec4 y = (x_at(t) - mean_at(p)) * factor;
#ifdef OFFSET
    y += offset_at(p);
#endif
    write_out(y);
}
