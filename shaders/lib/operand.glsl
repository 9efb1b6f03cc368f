// Four rows of the right operand of a product: b[k] becomes row 4 step + k of the depth, at one texel of a row.
// OPERAND_AT(t), with ROW_OFFSETS also OPERAND_PLACE(t), OPERAND_FROM(place), OPERAND_INVERSE: the operand's accessors.
// TRANSPOSE_B: it is stored with the depth along its rows; `at` is then the texel of its first row at this step, else of
// the first of the four rows. `lanes`: how many of the four rows exist. ROW_OFFSETS: each row lies in one line
// of the texture, and the first is a multiple of four: the others lie where `next_row` and `third_row` say, in texels.
#ifdef ROW_OFFSETS
uniform vec2 next_row, third_row;
#define ROWS_AT vec2 place = OPERAND_PLACE(at), second = next_row * OPERAND_INVERSE, third = third_row * OPERAND_INVERSE;
#define ROW_AT(k) OPERAND_FROM(place + float((k) % 2) * second + float((k) / 2) * third)
#else
#define ROWS_AT
#define ROW_AT(k) OPERAND_AT(at + (k) * pitch)
#endif

void read_operand(int at, int pitch, const int lanes, out VEC b[4]) {
  ROWS_AT
#ifdef TRANSPOSE_B
  VEC p = ROW_AT(0), q = ROW_AT(1), r = ROW_AT(2), s = ROW_AT(3);
  b[0] = VEC(p.x, q.x, r.x, s.x);
  b[1] = VEC(p.y, q.y, r.y, s.y);
  b[2] = VEC(p.z, q.z, r.z, s.z);
  b[3] = VEC(p.w, q.w, r.w, s.w);
#else
  b[0] = ROW_AT(0);
  if (lanes > 1) b[1] = ROW_AT(1);
  if (lanes > 2) b[2] = ROW_AT(2);
  if (lanes > 3) b[3] = ROW_AT(3);
#endif
}
