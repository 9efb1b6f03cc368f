// What steps of a recurrent layer left in their blocks (lib/gates.glsl), as a tensor [batch, steps, gates, units]: step s is
// block `origin + way * s`, even blocks lie in one array and odd ones in the other, `span` texels apart; gate g is layer g,
// but the last one layer `last`. TWO: a second tensor comes from the layer after.
#include <inputs>
#include <output>

uniform int columns, steps, gates, last, origin, way, span;

vec4 block_at(int number, int layer, int at) {
    return (number & 1) == 0 ? even_at(layer, at) : odd_at(layer, at);
}

void main() {
    int t = out_texel();
    int line = texel_quotient(t, columns), step = texel_quotient(line, gates), row = texel_quotient(step, steps);
    int g = line - step * gates, number = origin + way * (step - row * steps);
    int layer = g == gates - 1 ? last : g, at = (number >> 1) * span + row * columns + t - line * columns;
#ifdef TWO
    write_out(block_at(number, layer, at), block_at(number, layer + 1, at));
#else
    write_out(block_at(number, layer, at));
#endif
}
