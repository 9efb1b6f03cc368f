// C[b] = A[b] B[b], a tile of ROWS rows x 4 columns per fragment (lib/tile.glsl). The rows of a tile lie `groups` apart, so
// that each attachment is a contiguous band of a matrix; where A is stored transposed they come in fours, as A's lanes do.
// Structure: ROWS; TRANSPOSE_A, TRANSPOSE_B: how the operands are stored; K_REST: lanes in use in the last, partial texel of
// the depth (0: none; with TRANSPOSE_B alone always 0, as both operands then pad the depth with zeros);
// BLOCKED: long sums are cut into blocks; PARTIAL: fragments share out the depth, untile adds up and applies the epilogue;
// INTEGER: int32 (one row per fragment, no epilogue); VIEWS: matrices lie `a_batch` and `b_batch` apart in groups of `inner`,
// `a_group` and `b_group` apart, from `a_start` and `b_start` on; ROW_OFFSETS: no stored row of A or B is cut by its texture's
// edge, and matrices begin at multiples of four rows where rows are read in fours.
#include "lib/layout.glsl"
#include <inputs>
#include "lib/tile.glsl"
#define OPERAND_AT b_at
#define OPERAND_PLACE b_place
#define OPERAND_FROM b_from
#define OPERAND_INVERSE b_inverse
#include "lib/operand.glsl"
#if !defined(PARTIAL) && !defined(INTEGER)
#include <epilogue>
#endif

uniform int rows;              // rows of one C
uniform int groups;            // tiles over the rows of one C
uniform int batch;             // matrices
uniform int a_pitch, b_pitch;  // texels in a stored row of A, of B
uniform int a_batch, b_batch;  // texels from one stored matrix to the next, 0 where all share one
uniform int steps;             // whole texels of depth
uniform int span;              // of those, how many each fragment takes (PARTIAL)
uniform int block;             // texels of depth per inner sum (BLOCKED)

#ifdef VIEWS
uniform int inner, a_start, b_start, a_group, b_group;
#endif

int a0, b0;                    // texels of A and B from which this fragment counts

#ifdef TRANSPOSE_A
// a[j]: rows 4 j .. 4 j + 3 of the tile at one depth.
#ifdef ROW_OFFSETS
uniform vec2 a_next_row, a_third_row;
vec2 a_fours[(ROWS + 3) / 4];  // where the four depths of this step begin
#define BEGIN_FOUR(i, q) if ((i) % 4 == 0) a_fours[(i) / 4] = a_place(a0 + 4 * step * a_pitch + (i) / 4 * groups);
#define A_TEXEL(j, k) a_from(a_fours[j] + (float((k) % 2) * a_next_row + float((k) / 2) * a_third_row) * a_inverse)
#else
#define BEGIN_FOUR(i, q)
#define A_TEXEL(j, k) a_at(a0 + (4 * step + k) * a_pitch + (j) * groups)
#endif
#define READ(i, k) if ((i) % 4 == 0) a[(i) / 4] = A_TEXEL((i) / 4, k);
#define ADD(i, k) acc[i] += a[(i) / 4][(i) % 4] * b[k];
#define DEPTH(k) { EACH_ROW(READ, k) EACH_ROW(ADD, k) }
#else
#ifdef ROW_OFFSETS
vec2 a_rows[ROWS];             // where the rows of the tile begin
#define BEGIN_ROW(i, q) a_rows[i] = a_place(a0 + (i) * groups * a_pitch);
#define READ(i) a_along(a_rows[i], step)
#else
#define READ(i) a_at(a0 + (i) * band + step)
#endif
#define ADD(i, lanes) { VEC a = READ(i); acc[i] += a.x * b[0]; \
  if (lanes > 1) acc[i] += a.y * b[1]; if (lanes > 2) acc[i] += a.z * b[2]; if (lanes > 3) acc[i] += a.w * b[3]; }
#endif

void add_depth(int step, const int lanes) {
  VEC b[4];
#ifdef TRANSPOSE_B
  read_operand(b0 + step, b_pitch, lanes, b);
#else
  read_operand(b0 + 4 * step * b_pitch, b_pitch, lanes, b);
#endif
#ifdef TRANSPOSE_A
  VEC a[(ROWS + 3) / 4];
  EACH_ROW(BEGIN_FOUR, 0)
  DEPTH(0)
  if (lanes > 1) DEPTH(1)
  if (lanes > 2) DEPTH(2)
  if (lanes > 3) DEPTH(3)
#else
  int band = groups * a_pitch;
  EACH_ROW(ADD, lanes)
#endif
}

#ifdef TRANSPOSE_A
#define ROW(i) (4 * ((i) / 4 * groups + g) + (i) % 4)
#else
#define ROW(i) ((i) * groups + g)
#endif
#if defined(PARTIAL) || defined(INTEGER)
#define FINISH(i, q) STORE(i, acc[i])
#else
#define FINISH(i, q) STORE(i, epilogue(acc[i], (m * rows + ROW(i)) * columns + c, c))
#endif

void main() {
  int u = fragment(), columns = out_form.z;
  int q = texel_quotient(u, columns);
  int c = u - q * columns;
  int m = texel_quotient(q, groups);
  int g = q - m * groups;
  int first = 0, last = steps;
#ifdef PARTIAL
  int part = texel_quotient(m, batch);
  m -= part * batch;
  first = part * span;
  last = min(first + span, steps);
#endif
#ifdef VIEWS
  int group = texel_quotient(m, inner), within = m - group * inner;
  a0 = a_start + group * a_group + within * a_batch;
  b0 = b_start + group * b_group + within * b_batch;
#else
  a0 = m * a_batch;
  b0 = m * b_batch;
#endif
#ifdef TRANSPOSE_A
  a0 += g;
#else
  a0 += g * a_pitch;
#endif
#ifdef TRANSPOSE_B
  b0 += 4 * c * b_pitch;
#else
  b0 += c;
#endif
  EACH_ROW(BEGIN, 0)
#ifdef BEGIN_ROW
  EACH_ROW(BEGIN_ROW, 0)
#endif
#ifdef BLOCKED
  for (int k = first; k < last;) {
    int stop = min(k + block, last);
    for (; k < stop; k++) add_depth(k, 4);
    EACH_ROW(FLUSH, 0)
  }
#else
  for (int k = first; k < last; k++) add_depth(k, 4);
#endif
#if K_REST > 0
#ifdef PARTIAL
  if (last == steps) add_depth(steps, K_REST);
#else
  add_depth(steps, K_REST);
#endif
#endif
  EACH_ROW(END, 0)
  EACH_ROW(FINISH, 0)
}
