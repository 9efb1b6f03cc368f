// Counts made 0 or 1. Structure: INTEGER: they hold integers.
#include <inputs>
#include <output>

#if INTEGER
#define ONE 1
#else
#define ONE 1.0
#endif

void main() { write_out(min(x_at(out_texel()), ONE)); }
