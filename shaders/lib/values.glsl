// The type of a texel and of its lanes. Structure: INTEGER, if it is there and not 0: they hold integers.
#ifdef INTEGER
#if INTEGER
#define INTEGERS
#endif
#endif
#ifdef INTEGERS
#define VEC ivec4
#define SCALAR int
#else
#define VEC vec4
#define SCALAR float
#endif
