// One value in every element. Structure: INTEGER: the output holds integers; else `value` holds the bits of a float, so that
// no uniform is taken for unchanged where -0.0 follows 0.0.
#include <output>

uniform int value;

#if INTEGER
void main() { write_out(ivec4(value)); }
#else
void main() { write_out(vec4(intBitsToFloat(value))); }
#endif
