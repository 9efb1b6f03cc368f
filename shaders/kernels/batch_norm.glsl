// (x - mean) / sqrt(variance + epsilon) * scale + offset.
// Structure: STATS, how mean and variance are read, and AFFINE, how scale and offset are: VECTOR (a row as long as x's),
// COLUMN (one element per row of x), WHOLE (of x's shape); SCALE and OFFSET where these are given.
#include <inputs>
#include <output>
#define VECTOR 0
#define COLUMN 1
#define WHOLE 2

#if STATS == VECTOR
#define STAT(parameter) parameter(column)
#elif STATS == COLUMN
#define STAT(parameter) parameter(row).x
#else
#define STAT(parameter) parameter(t)
#endif
#if AFFINE == VECTOR
#define TERM(parameter) parameter(column)
#elif AFFINE == COLUMN
#define TERM(parameter) parameter(row).x
#else
#define TERM(parameter) parameter(t)
#endif

uniform float epsilon;

void main() {
    int t = out_texel();
    int row = texel_quotient(t, out_form.z), column = t - row * out_form.z;
    vec4 factor = vec4(inversesqrt(STAT(variance_at) + epsilon));
#ifdef SCALE
    factor *= TERM(scale_at);
#endif
    vec4 y = (x_at(t) - STAT(mean_at)) * factor;
#ifdef OFFSET
    y += TERM(offset_at);
#endif
    write_out(y);
}
