// Rows of re + i im times one row of complex numbers (row_re + i row_im), cut or filled with zeros to another length:
// the steps of Bluestein's algorithm between its transforms.
#include <inputs>
#include <output>

uniform float scale;

void main() {
  int t = out_texel();
  int row = texel_quotient(t, out_form.z);
  int column = t - row * out_form.z;
  bool inside = column < min(re_form.z, row_re_form.z);
  int at = inside ? row * re_form.z + column : 0;
  vec4 x = re_at(at), y = im_at(at);
  int factor = inside ? column : 0;
  vec4 a = row_re_at(factor), b = row_im_at(factor);
  bvec4 kept = bvec4(inside);
  write_out(mix(vec4(0.0), (x * a - y * b) * scale, kept), mix(vec4(0.0), (x * b + y * a) * scale, kept));
}
