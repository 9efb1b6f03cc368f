// One element everywhere. Structure: INTEGER: it is an integer.
#include <inputs>
#include <output>

#if INTEGER
#define VEC ivec4
#else
#define VEC vec4
#endif

void main() { write_out(VEC(x_at(0).x)); }
