// Gradient of a strided convolution with respect to its input (with unit stride conv2d.glsl does this). A tile
// (lib/tile.glsl) is ROWS pixels of one column, `stride` apart, so that all meet the same taps, and of these it visits only
// those that reach a pixel of dy. Pairs are ordered y, x.
// Structure: ROWS; TRANSPOSE_B is always set: the filter holds the depth, the channels of dy, along its rows; DEEP: volumes,
// image by image.
#include "lib/layout.glsl"
#include "lib/depth.glsl"
#include <inputs>
#include "lib/tile.glsl"
#include <epilogue>
#define OPERAND_AT filter_at
#include "lib/operand.glsl"

uniform int groups;         // tiles over a column of dx
uniform ivec2 size;         // of an image of dx
uniform ivec2 out_size;     // of an image of dy
uniform ivec2 stride, pad;
uniform ivec2 taps;
uniform ivec2 tap_pitch;    // texels of the filter from tap to tap
uniform int deep_pitch;     // and from image to image (DEEP)
uniform int filter_pitch;   // texels in a row of the filter
uniform int steps;          // texels in a pixel of dy

#define ADD(i, q) { vec4 a = dy_at(t + (i) * out_size[1] * steps); \
  vec4 sum = acc[i]; sum += a.x * b[0]; sum += a.y * b[1]; sum += a.z * b[2]; sum += a.w * b[3]; \
  acc[i] = inside && uint(oy + i) < uint(out_size[0]) ? sum : acc[i]; }
#define FINISH(i, q) STORE(i, epilogue(acc[i], from + (i) * stride.x * size[1] * columns, c))

// Adds what the windows over image n of dy give; f: texel of the filter where the taps that meet it begin; high, wide: the
// pixel of dy that meets the first of them, tap_y, tap_x.
void gather(int n, int f0, int high, int wide, int tap_y, int tap_x) {
  for (int ky = tap_y, oy = high; ky < taps[0]; ky += stride.x, oy--) {
    for (int kx = tap_x, ox = wide; kx < taps[1]; kx += stride.y, ox--) {
      bool inside = uint(ox) < uint(out_size[1]);
      int t = ((n * out_size[0] + oy) * out_size[1] + ox) * steps;
      int f = f0 + ky * tap_pitch[0] + kx * tap_pitch[1];
      for (int k = 0; k < steps; k++, t++, f++) {
        vec4 b[4];
        read_operand(f, filter_pitch, 4, b);
        EACH_ROW(ADD, 0)
      }
    }
  }
}

void main() {
  int u = fragment(), columns = out_form.z;
  int p = texel_quotient(u, columns), c = u - p * columns;
  int q = texel_quotient(p, size[1]), x = p - q * size[1];
  int n = texel_quotient(q, groups), g = q - n * groups;
  int line = texel_quotient(g, stride.x), phase = g - line * stride.x;
  int y = line * ROWS * stride.x + phase;
  int from = ((n * size[0] + y) * size[1] + x) * columns + c;

  // Tap k reaches row (y + pad - k) / stride of dy where that is whole: every stride-th tap from the first such one.
  int high = quotient(y + pad.x, stride.x), tap_y = y + pad.x - high * stride.x;
  int wide = quotient(x + pad.y, stride.y), tap_x = x + pad.y - wide * stride.y;
  EACH_ROW(BEGIN, 0)
  int f = 4 * c * filter_pitch;
#ifdef DEEP
  ivec2 at = in_volume(n, depths.x);
  int z = quotient(at.y + deep_pad, deep_stride), tap_z = at.y + deep_pad - z * deep_stride;
  for (; tap_z < deep_taps; tap_z += deep_stride, z--) {
    if (uint(z) < uint(depths.y)) gather(at.x * depths.y + z, f + tap_z * deep_pitch, high, wide, tap_y, tap_x);
  }
#else
  gather(n, f, high, wide, tap_y, tap_x);
#endif
  EACH_ROW(FINISH, 0)
}
