// One element everywhere. Structure: INTEGER: it is an integer.
#include <inputs>
#include <output>
#include "lib/values.glsl"

void main() { write_out(VEC(x_at(0).x)); }
