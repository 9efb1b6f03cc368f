// The type of a texel and of its lanes. Structure: INTEGER: they hold integers.
#if INTEGER
#define VEC ivec4
#define SCALAR int
#else
#define VEC vec4
#define SCALAR float
#endif
