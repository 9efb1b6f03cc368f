// One value in every element.
#include <output>

#if INTEGER
uniform int value;
void main() { write_out(ivec4(value)); }
#else
uniform float value;
void main() { write_out(vec4(value)); }
#endif
