// Cross-entropy of labels and predictions over rows of `classes` elements; predictions count by their share of the row.
// VALUE: four rows a texel. STATS: for each row 1 / sum, and the sum of the labels whose share lies within its bounds.
// SLOPE: the gradient, from the stats; dy is a column, one texel a row.
#include <inputs>
#include <output>
#include "lib/math_log.glsl"
#include "lib/math_order.glsl"

uniform int classes;
uniform float epsilon;

vec4 bounded(vec4 shares) { return clamp_(shares, vec4(epsilon), vec4(1.0 - epsilon)); }

#ifndef SLOPE
// Lanes past the end of a row add nothing, whatever the arithmetic makes of them.
vec4 within(vec4 v, int c4) {
    return mix(vec4(0.0), v, lessThan(4 * c4 + ivec4(0, 1, 2, 3), ivec4(classes)));
}

float total_of(int at, int width) {
    vec4 sum = vec4(0.0);
    for (int i = 0; i < width; i++) sum += predictions_at(at + i);
    return dot(sum, vec4(1.0));
}
#endif

#if defined(TERMS)
// Of long rows, whose `totals` were added up before: what each element adds to the value, or to the sum of the gradient.
void main() {
    int t = out_texel();
    int row = quotient(t, out_form.z), c = t - row * out_form.z;
    vec4 shares = predictions_here() / totals_at(row).x;
#if TERMS == 1
    write_out(within(-labels_here() * log_(bounded(shares)), c));
#else
    write_out(within(mix(vec4(0.0), labels_here(), equal(shares, bounded(shares))), c));
#endif
}
#elif defined(VALUE)
float value_of(int row) {
    int width = predictions_form.z, at = row * width;
    vec4 sum = vec4(0.0);
    float total = total_of(at, width);
    for (int i = 0; i < width; i++)
        sum += within(labels_at(at + i) * log_(bounded(predictions_at(at + i) / total)), i);
    return -dot(sum, vec4(1.0));
}

void main() {
    int t = out_texel();
    int group = quotient(t, out_form.z);
    int first = 4 * (t - group * out_form.z);
    vec4 v = vec4(0.0);
    for (int lane = 0; lane < min(4, out_form.w - first); lane++)
        v[lane] = value_of(group * out_form.w + first + lane);
    write_out(v);
}
#elif defined(STATS)
void main() {
    int row = out_texel();
    int width = predictions_form.z, at = row * width;
    vec4 sum = vec4(0.0);
    float total = total_of(at, width);
    for (int i = 0; i < width; i++) {
        vec4 shares = predictions_at(at + i) / total;
        sum += within(mix(vec4(0.0), labels_at(at + i), equal(shares, bounded(shares))), i);
    }
    write_out(vec4(total, dot(sum, vec4(1.0)), 0.0, 0.0));
}
#else
void main() {
    int t = out_texel();
    int row = quotient(t, out_form.z);
#ifdef LONG
    vec2 stats = vec2(totals_at(row).x, sums_at(row).x);
#else
    vec2 stats = stats_at(row).xy;
#endif
    vec4 shares = predictions_here() / stats.x;
    vec4 counted = mix(vec4(0.0), labels_here() / bounded(shares), equal(shares, bounded(shares)));
    write_out(dy_at(row).x * ((stats.y - counted) / stats.x));
}
#endif
