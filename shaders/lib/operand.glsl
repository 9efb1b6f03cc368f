// Four rows of the right operand of a product: b[k] becomes row 4 step + k of the depth, at one texel of a row.
// OPERAND_AT(t): the operand's texel t. TRANSPOSE_B: it is stored with the depth along its rows; `at` is then the
// texel of its first row at this step, else of the first of the four rows. `lanes`: how many of the four rows exist.
void read_operand(int at, int pitch, const int lanes, out VEC b[4]) {
#ifdef TRANSPOSE_B
  VEC p = OPERAND_AT(at), q = OPERAND_AT(at + pitch), r = OPERAND_AT(at + 2 * pitch), s = OPERAND_AT(at + 3 * pitch);
  b[0] = VEC(p.x, q.x, r.x, s.x);
  b[1] = VEC(p.y, q.y, r.y, s.y);
  b[2] = VEC(p.z, q.z, r.z, s.z);
  b[3] = VEC(p.w, q.w, r.w, s.w);
#else
  b[0] = OPERAND_AT(at);
  if (lanes > 1) b[1] = OPERAND_AT(at + pitch);
  if (lanes > 2) b[2] = OPERAND_AT(at + 2 * pitch);
  if (lanes > 3) b[3] = OPERAND_AT(at + 3 * pitch);
#endif
}
