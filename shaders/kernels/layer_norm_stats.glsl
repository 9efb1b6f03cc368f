// A texel for each row of x: its mean, and 1 / sqrt(variance + epsilon). With GRAD also what its gradient takes off: the
// means of g, and of g times the normalised x, where g is dy, with SCALE times scale.
#include <inputs>
#include <output>

uniform int n;          // texels in each row
uniform int lanes;      // elements in the last of them
uniform float count;    // elements in each row
uniform float epsilon;

float all_lanes(vec4 v) { return dot(v, vec4(1.0)); }

// Texel i of the row less its mean; lanes that pad the row stay zero.
vec4 centred(int at, int i, float mean) {
    vec4 d = x_at(at + i) - mean;
    return i < n - 1 ? d : mix(d, vec4(0.0), lessThanEqual(ivec4(lanes), ivec4(0, 1, 2, 3)));
}

void main() {
    int at = out_texel() * n;
    vec4 sum = vec4(0.0), squares = vec4(0.0);
    for (int i = 0; i < n; i++) sum += x_at(at + i);
    float mean = all_lanes(sum) / count;
    for (int i = 0; i < n; i++) {
        vec4 d = centred(at, i, mean);
        squares += d * d;
    }
    vec4 stats = vec4(mean, inversesqrt(all_lanes(squares) / count + epsilon), 0.0, 0.0);
#ifdef GRAD
    vec4 gradients = vec4(0.0), shares = vec4(0.0);
    for (int i = 0; i < n; i++) {
        vec4 g = dy_at(at + i);
#ifdef SCALE
        g *= scale_at(i);
#endif
        gradients += g;
        shares += g * centred(at, i, mean);
    }
    stats.zw = vec2(all_lanes(gradients), all_lanes(shares) * stats.y) / count;
#endif
    write_out(stats);
}
