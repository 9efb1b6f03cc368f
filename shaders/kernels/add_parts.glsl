// Adds up the shares of a sum that several fragments worked on: x holds `parts` results, `stride` texels apart.
#include <inputs>
#include <output>

uniform int parts, stride;

void main() {
    int t = out_texel();
    vec4 total = x_at(t);
    for (int p = 1; p < parts; p++) total += x_at(t + p * stride);
    write_out(total);
}
