// Four rows of the right operand of a product: b[k] becomes row 4 step + k of the depth, at one texel of columns.
// OPERAND_AT(t): the operand's texel t. TRANSPOSE_B: it is stored with the depth along its rows; `at` is then the
// texel of its first row at this step, else of the first of the four rows. `lanes`: how many of the four rows exist.
void read_operand(int at, int pitch, const int lanes, out vec4 b[4]) {
  b[0] = OPERAND_AT(at);
#ifdef TRANSPOSE_B
  mat4 rows = transpose(mat4(b[0], OPERAND_AT(at + pitch), OPERAND_AT(at + 2 * pitch), OPERAND_AT(at + 3 * pitch)));
  b[0] = rows[0]; b[1] = rows[1]; b[2] = rows[2]; b[3] = rows[3];
#else
  if (lanes > 1) b[1] = OPERAND_AT(at + pitch);
  if (lanes > 2) b[2] = OPERAND_AT(at + 2 * pitch);
  if (lanes > 3) b[3] = OPERAND_AT(at + 3 * pitch);
#endif
}
