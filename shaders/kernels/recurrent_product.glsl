// A texel of a gate's product (lib/recurrent_weights.glsl) for ROWS examples, `groups` apart, which share its weights.
// UNCUT: the states of an example lie in one line of their texture.
#include <inputs>
#include "lib/recurrent_weights.glsl"
#include "lib/tile.glsl"

uniform int gates, groups;

#ifdef UNCUT
vec2 places[ROWS];
#define FIND(i, q) places[i] = before_place(at + (i) * groups * columns);
#define STATE(i) before_along(source, places[i], step)
#else
#define FIND(i, q)
#define STATE(i) before_at(source, at + (i) * groups * columns + step)
#endif
#define ADD(i, q) acc[i] += rows * STATE(i);
#define FINISH(i, q) STORE(i, acc[i])

void main() {
    int t = fragment(), line = texel_quotient(t, columns), group = texel_quotient(line, gates);
    int g = line - group * gates, source = layer + g * layer_pitch;
    int at = from + group * columns, top = first + g * gate_pitch + t - line * columns;
    EACH_ROW(BEGIN, 0)
    EACH_ROW(FIND, 0)
    for (int step = 0; step < columns; step++) {
        mat4 rows = four_rows(top, step);
        EACH_ROW(ADD, 0)
    }
    EACH_ROW(FINISH, 0)
}
