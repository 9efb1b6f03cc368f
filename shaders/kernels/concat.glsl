// Joins the inputs x0, x1, ... along one axis. The output is [outer, total], of which input i fills sizes[i] from starts[i].
// Structure: COUNT: inputs; INTEGER; LANES: in what pieces (below). <parts>: PART(xi_at, i) for each input.
#include <inputs>
#include <output>
#include "lib/values.glsl"
#include "lib/shifted.glsl"

#define WHOLE 0    // whole texels: total and sizes count texels
#define SHIFTED 1  // the axis is the last, and a piece may begin in the middle of a texel: sizes count elements
#define SINGLE 2   // so, and each piece is one element: element number `row` of the input

uniform int starts[COUNT], sizes[COUNT];
uniform int total;
uniform int columns;  // elements in a row of the inputs (SINGLE)

// Puts the lanes of u, which stand for elements c .. c + 3 of a piece, into v where the piece has them.
void place(inout VEC v, VEC u, int c, int size) {
  v.x = c >= 0 && c < size ? u.x : v.x;
  v.y = c + 1 >= 0 && c + 1 < size ? u.y : v.y;
  v.z = c + 2 >= 0 && c + 2 < size ? u.z : v.z;
  v.w = c + 3 >= 0 && c + 3 < size ? u.w : v.w;
}

#if LANES == WHOLE
#define PART(at, i) if (c >= starts[i]) v = at(row * sizes[i] + c - starts[i]);
#elif LANES == SHIFTED
#define PART(at, i) { int d = c - starts[i]; \
    if (d > -4 && d < sizes[i]) { \
      int s = row * ((sizes[i] + 3) >> 2) + (d >> 2); place(v, shifted(at(s), at(s + 1), d & 3), d, sizes[i]); } }
#else
#define PART(at, i) { int d = c - starts[i]; if (d > -4 && d <= 0) place(v, VEC(lane_of(at(source), lane)), d, 1); }
#endif

void main() {
  int t = out_texel();
#if LANES == WHOLE
  int row = texel_quotient(t, total), c = t - row * total;
#else
  int row = texel_quotient(t, out_form.z), c = 4 * (t - row * out_form.z);
#endif
#if LANES == SINGLE
  int source = texel_quotient(row, columns), lane = row - source * columns;
  source = source * ((columns + 3) >> 2) + (lane >> 2);
  lane &= 3;
#endif
  VEC v = VEC(0);
#include <parts>
  write_out(v);
}
