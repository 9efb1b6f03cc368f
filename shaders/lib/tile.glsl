// A fragment of the dense kernels (gemm, conv2d and its gradients) computes a tile of ROWS texels, one per colour
// attachment: reads, not arithmetic, bound these kernels, and a tile shares them. The attachments are the layers of one
// texture array, which `kernels/untile.glsl` then puts in order.
// EACH_ROW(F, q) writes F(0, q) F(1, q) .. F(ROWS - 1, q): every index into a tile is a constant, so it lives in registers.
// Structure: BLOCKED: long sums are cut into blocks: BEGIN clears, FLUSH ends a block, END leaves the whole sum in `acc`.
#include "lib/layout.glsl"
#include "lib/values.glsl"

#define ROW_1(F, q) F(0, q)
#define ROW_2(F, q) ROW_1(F, q) F(1, q)
#define ROW_3(F, q) ROW_2(F, q) F(2, q)
#define ROW_4(F, q) ROW_3(F, q) F(3, q)
#define ROW_5(F, q) ROW_4(F, q) F(4, q)
#define ROW_6(F, q) ROW_5(F, q) F(5, q)
#define ROW_7(F, q) ROW_6(F, q) F(6, q)
#define ROW_8(F, q) ROW_7(F, q) F(7, q)

#if ROWS == 1
#define EACH_ROW ROW_1
#elif ROWS == 2
#define EACH_ROW ROW_2
#elif ROWS == 3
#define EACH_ROW ROW_3
#elif ROWS == 4
#define EACH_ROW ROW_4
#elif ROWS == 5
#define EACH_ROW ROW_5
#elif ROWS == 6
#define EACH_ROW ROW_6
#elif ROWS == 7
#define EACH_ROW ROW_7
#else
#define EACH_ROW ROW_8
#endif

VEC acc[ROWS];
#ifdef BLOCKED
VEC total[ROWS];
#define BEGIN(i, q) acc[i] = VEC(0); total[i] = VEC(0);
#define FLUSH(i, q) total[i] += acc[i]; acc[i] = VEC(0);
#define END(i, q) acc[i] += total[i];
#else
#define BEGIN(i, q) acc[i] = VEC(0);
#define FLUSH(i, q)
#define END(i, q)
#endif

#ifdef DIRECT
// One row per fragment and nothing left to sum: the tile is the result's texel itself.
#include <output>
int fragment() { return out_texel(); }
#define STORE(i, value) write_out(value);
#else
layout(location = 0) out vec4 tile[ROWS];
uniform ivec4 out_form;  // of the result: mask, shift, C4, C
uniform int grid_shift;  // log2 of the width of the grid of fragments
uniform int first_fragment;  // of this pass: captured graphs take large results in turns
int fragment() { return first_fragment + (int(gl_FragCoord.y) << grid_shift) + int(gl_FragCoord.x); }
#define STORE(i, value) tile[i] = value;
#endif
