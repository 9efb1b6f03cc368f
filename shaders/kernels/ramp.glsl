// Evenly spaced numbers: each half counts from its own end, so that both ends are exact.
// Structure: INTEGER: whole numbers, counted from the start alone.
#include <output>

#if INTEGER
uniform int start, step_size;
#else
uniform float start, stop, step_size;
uniform int last;  // number of the last element
#endif

void main() {
  ivec4 i = 4 * out_texel() + ivec4(0, 1, 2, 3);
#if INTEGER
  write_out(start + i * step_size);
#else
  vec4 up = start + vec4(i) * step_size, down = stop - vec4(last - i) * step_size;
  write_out(mix(up, down, greaterThan(i, last - i)));
#endif
}
