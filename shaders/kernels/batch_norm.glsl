// (x - mean) / sqrt(variance + epsilon) * scale + offset.
// Structure: STATS, how mean and variance are read, and AFFINE, how scale and offset are: VECTOR (a row as long as x's),
// COLUMN (one element per row of x), WHOLE (of x's shape); STATS also PAIR (a texel of `stats` per row of x: the mean and
// 1 / sqrt(variance + epsilon)); SCALE and OFFSET where these are given.
#include <inputs>
#include <output>
#define VECTOR 0
#define COLUMN 1
#define WHOLE 2
#define PAIR 3

#if STATS == COLUMN
#define STAT(texel) texel.x
#else
#define STAT(texel) texel
#endif
#if AFFINE == COLUMN
#define TERM(texel) texel.x
#else
#define TERM(texel) texel
#endif

uniform float epsilon;

int parameter_texel(int way, int row, int column) { return way == VECTOR ? column : way == COLUMN ? row : out_texel(); }

void main() {
    int row = texel_quotient(out_texel(), out_form.z), column = out_column(out_texel(), row);
    int a = parameter_texel(AFFINE, row, column);
#if STATS == PAIR
    vec4 pair = stats_at(row);
    vec4 mean = vec4(pair.x), factor = vec4(pair.y);
#else
    int s = parameter_texel(STATS, row, column);
    vec2 p = variance_place(s);
    vec4 mean = vec4(STAT(mean_with(p, s))), factor = vec4(inversesqrt(STAT(variance_with(p, s)) + epsilon));
#endif
#if AFFINE == STATS
    vec2 q = p;
#elif defined(SCALE)
    vec2 q = scale_place(a);
#elif defined(OFFSET)
    vec2 q = offset_place(a);
#endif
#ifdef SCALE
    factor *= TERM(scale_with(q, a));
#endif
    vec4 y = (x_here() - mean) * factor;
#ifdef OFFSET
    y += TERM(offset_with(q, a));
#endif
    write_out(y);
}
