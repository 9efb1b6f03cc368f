// What steps of a recurrent layer left in their blocks (lib/gates.glsl), as a tensor [batch, steps, gates, units]: step s is
// block `origin + way * s`, even blocks lie in one array and odd ones in the other, `span` texels apart; gate g is quantity g,
// but the last one quantity `last`. TWO: a second tensor comes from the quantity after. EXAMPLES: layers of each.
#include <inputs>
#include <output>
#ifndef EXAMPLES
#define EXAMPLES 1
#endif

uniform int columns, steps, gates, last, origin, way, span;

vec4 block_at(int number, int layer, int at) {
    return (number & 1) == 0 ? even_at(layer, at) : odd_at(layer, at);
}

void main() {
    int t = out_texel();
    int line = texel_quotient(t, columns), step = texel_quotient(line, gates), row = texel_quotient(step, steps);
    int g = line - step * gates, number = origin + way * (step - row * steps);
    int group = row / EXAMPLES, layer = (g == gates - 1 ? last : g) * EXAMPLES + row - group * EXAMPLES;
    int at = (number >> 1) * span + group * columns + t - line * columns;
#ifdef TWO
    write_out(block_at(number, layer, at), block_at(number, layer + EXAMPLES, at));
#else
    write_out(block_at(number, layer, at));
#endif
}
