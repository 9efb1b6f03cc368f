// Copies the elements of x, in order, into rows of another length.
#include <inputs>
#include <output>

#if INTEGER
#define VEC ivec4
#define ELEMENT int
#else
#define VEC vec4
#define ELEMENT float
#endif

ELEMENT element(int e) {
  int row = quotient(e, x_form.w);
  int c = e - row * x_form.w;
  VEC texel = x_at(row * x_form.z + (c >> 2));
  int lane = c & 3;
  return lane < 2 ? (lane == 0 ? texel.x : texel.y) : (lane == 2 ? texel.z : texel.w);
}

void main() {
  int t = out_texel();
  int row = quotient(t, out_form.z);
  int e = row * out_form.w + 4 * (t - row * out_form.z);
  write_out(VEC(element(e), element(e + 1), element(e + 2), element(e + 3)));
}
