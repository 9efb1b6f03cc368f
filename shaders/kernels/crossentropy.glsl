// Cross-entropy of labels and predictions over rows of `classes` elements; predictions count by their share of the row,
// with LOGITS by that of their exponentials. VALUE: four rows a texel. STATS: for each row the sum, and that of the labels
// whose share lies within its bounds; with LOGITS the largest, the sum of labels, one over that of exponentials.
// SLOPE: the gradient, from the stats; dy is a column, one texel a row.
#include <inputs>
#include <output>
#include "lib/math_log.glsl"
#include "lib/math_order.glsl"
#ifdef LOGITS
#define logits_at predictions_at
#include "lib/softmax.glsl"
#endif

uniform int classes;
uniform float epsilon;

// What is not asked for costs nothing, even where its share is 0.
vec4 charged(vec4 labels, vec4 logs) { return mix(labels * logs, vec4(0.0), equal(labels, vec4(0.0))); }

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
    int row = texel_quotient(t, out_form.z), c = t - row * out_form.z;
#ifdef LOGITS
    write_out(within(-charged(labels_here(), predictions_here()), c));
#else
    vec4 shares = predictions_here() / totals_at(row).x;
#if TERMS == 1
    write_out(within(-labels_here() * log_(bounded(shares)), c));
#else
    write_out(within(mix(vec4(0.0), labels_here(), equal(shares, bounded(shares))), c));
#endif
#endif
}
#elif defined(VALUE)
float value_of(int row) {
    int width = predictions_form.z, at = row * width;
    vec4 costs = vec4(0.0);
#ifdef LOGITS
    walk(at, 0, width);
    vec4 stats = row_stats();
    for (int i = 0; i < width; i++)
        costs += within(charged(labels_at(at + i), predictions_at(at + i) - stats.x - stats.z), i);
#else
    float total = total_of(at, width);
    for (int i = 0; i < width; i++)
        costs += within(labels_at(at + i) * log_(bounded(predictions_at(at + i) / total)), i);
#endif
    return -dot(costs, vec4(1.0));
}

void main() {
    int t = out_texel();
    int group = texel_quotient(t, out_form.z);
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
    vec4 counted = vec4(0.0);
#ifdef LOGITS
    walk(at, 0, width);
    vec4 stats = row_stats();
    for (int i = 0; i < width; i++) counted += within(labels_at(at + i), i);
    write_out(vec4(stats.x, dot(counted, vec4(1.0)), stats.w, 0.0));
#else
    float total = total_of(at, width);
    for (int i = 0; i < width; i++) {
        vec4 shares = predictions_at(at + i) / total;
        counted += within(mix(vec4(0.0), labels_at(at + i), equal(shares, bounded(shares))), i);
    }
    write_out(vec4(total, dot(counted, vec4(1.0)), 0.0, 0.0));
#endif
}
#else
void main() {
    int t = out_texel();
    int row = texel_quotient(t, out_form.z);
#if defined(LOGITS) && defined(LONG)
    write_out(dy_at(row).x * (predictions_here() * sums_at(row).x - labels_here()));
#elif defined(LOGITS)
    vec4 stats = stats_at(row);
    write_out(dy_at(row).x * (falling_exp(predictions_here() - stats.x) * (stats.y * stats.z) - labels_here()));
#else
#ifdef LONG
    vec2 stats = vec2(totals_at(row).x, sums_at(row).x);
#else
    vec2 stats = stats_at(row).xy;
#endif
    vec4 shares = predictions_here() / stats.x;
    vec4 counted = mix(vec4(0.0), labels_here() / bounded(shares), equal(shares, bounded(shares)));
    write_out(dy_at(row).x * ((stats.y - counted) / stats.x));
#endif
}
#endif
