// Convolution as an implicit GEMM: a tile (lib/tile.glsl) is ROWS neighbouring pixels of the result along one axis x the
// four channels of a texel. With unit stride it is also the gradient with respect to the input (TRANSPOSE_B, taps reversed).
// Pairs hold first what belongs to the axis along the tile, then to the axis across it.
// Structure: ROWS; ALONG_X: the tile lies along the rows of the image, else along its columns; TAPS: filter taps along
// the tile, if its pixels share what they read (dilation 1), else 0; STRIDE: along the tile (TAPS > 0); PADDED: windows
// reach over the border; LOW, HIGH: by so many pixels, where all tiles are whole; FULL: there are whole texels of input
// channels; C_REST: channels in the last, partial one (0: none; with TRANSPOSE_B always 0); ROW_OFFSETS: no pixel of x, no
// row of the filter is cut by its texture's edge (lib/operand.glsl);
// PARTIAL: fragments share out the taps; DEEP: volumes, image by image; LONG: a turn takes a piece of the input channels.
#include "lib/layout.glsl"
#include "lib/depth.glsl"
#include <inputs>
#include "lib/tile.glsl"
#ifndef PARTIAL
#include <epilogue>
#endif
#define OPERAND_AT filter_at
#define OPERAND_PLACE filter_place
#define OPERAND_FROM filter_from
#define OPERAND_INVERSE filter_inverse
#include "lib/operand.glsl"

uniform ivec2 count;       // tiles along, pixels across, of a result image
uniform ivec2 out_pitch; uniform int out_image;  // texels of the result from pixel to pixel, from image to image
uniform ivec2 size;        // pixels of an input image
uniform ivec2 pitch;       // texels of the input from pixel to pixel
uniform int image;         // and from image to image
uniform ivec2 stride, pad, dilation;
uniform int taps_across, turns;  // the filter's taps across; those along, where each is a turn of its own (TAPS 0), else 1
uniform int all_turns;     // over all its taps, and pieces of the channels
uniform ivec2 tap_pitch;   // texels of the filter from tap to tap
uniform int deep_pitch;    // and from image to image (DEEP)
uniform int tap_first;     // texel of the tap that meets the first pixel of a window
uniform int filter_pitch;  // texels in a row of the filter
uniform int steps, block, pieces, piece;  // whole texels of input channels; in an inner sum (BLOCKED); pieces, texels of one
uniform int images, span;  // in a batch; turns of a fragment (PARTIAL)

int x0, f0;                // texels of the input and the filter from which the current tap counts
ivec2 at;                  // pixel that it meets first

#include "lib/tile_pixels.glsl"

#define ADD(i, p, a) { vec4 sum = acc[i]; sum += a.x * b[0]; if (lanes > 1) sum += a.y * b[1]; \
  if (lanes > 2) sum += a.z * b[2]; if (lanes > 3) sum += a.w * b[3]; acc[i] = MET(p) ? sum : acc[i]; }
#if TAPS > 0
#define READ(i, q) if ((i) + (q) < WINDOW) x[(i) + (q)] = pixel((i) + (q), step);
#define ADD_TAP(i, tap) ADD(i, (i) * STRIDE + tap, x[(i) * STRIDE + tap])
#define TAP(tap) read_operand(from + tap * tap_pitch[0], filter_pitch, lanes, b); EACH_ROW(ADD_TAP, tap)
#else
#define ADD_PIXEL(i, q) { vec4 a = pixel(i, step); ADD(i, i, a) }
#endif

void add_channels(int step, const int lanes) {
  vec4 b[4];
#ifdef TRANSPOSE_B
  int from = f0 + step;
#else
  int from = f0 + 4 * step * filter_pitch;
#endif
#if TAPS > 0
  vec4 x[4 * ROWS];
  EACH_ROW(READ, 0)
  EACH_ROW(READ, ROWS)
  EACH_ROW(READ, 2 * ROWS)
  EACH_ROW(READ, 3 * ROWS)
  TAP(0)
  TAP(1)
#if TAPS > 2
  TAP(2)
#endif
#if TAPS > 3
  TAP(3)
#endif
#if TAPS > 4
  TAP(4)
#endif
#else
  read_operand(from, filter_pitch, lanes, b);
  EACH_ROW(ADD_PIXEL, 0)
#endif
}

#ifdef PARTIAL
#define FINISH(i, q) STORE(i, acc[i])
#else
#define FINISH(i, q) STORE(i, epilogue(acc[i], t + (i) * out_pitch[0], c))
#endif

void main() {
  int u = fragment(), columns = out_form.z;
  int p = texel_quotient(u, columns), c = u - p * columns;
#ifdef ALONG_X
  int o = texel_quotient(p, count[0]), g = p - o * count[0];
  int n = texel_quotient(o, count[1]);
  o -= n * count[1];
#else
  int g = texel_quotient(p, count[1]), o = p - g * count[1];
  int n = texel_quotient(g, count[0]);
  g -= n * count[0];
#endif
  int begin = 0, end = all_turns;
#ifdef PARTIAL
  int part = texel_quotient(n, images);
  n -= part * images;
  begin = part * span;
  end = min(begin + span, end);
#endif
  ivec2 origin = ivec2(g * ROWS, o) * stride - pad;
  int t = n * out_image + g * ROWS * out_pitch[0] + o * out_pitch[1] + c;
#ifdef TRANSPOSE_B
  int first = tap_first + 4 * c * filter_pitch;
#else
  int first = tap_first + c;
#endif
  EACH_ROW(BEGIN, 0)
  for (int turn = begin; turn < end; turn++) {
#ifdef LONG
    int tap = quotient(turn, pieces), from_step = (turn - tap * pieces) * piece, to_step = min(from_step + piece, steps);
#else
    int tap = turn, from_step = 0, to_step = steps;
#endif
    int across = quotient(tap, turns), along = tap - across * turns, deep = 0, from = n;
#ifdef DEEP
    deep = quotient(across, taps_across);
    across -= deep * taps_across;
    if (!meets(n, deep, from)) continue;
#endif
    f0 = first + along * tap_pitch[0] + across * tap_pitch[1] + deep * deep_pitch;
    at = origin + ivec2(along, across) * dilation;
#ifdef PADDED
    if (uint(at[1]) >= uint(size[1])) continue;
#endif
    x0 = from * image + at[0] * pitch[0] + at[1] * pitch[1];
    find_pixels();
#ifdef BLOCKED
    for (int k = from_step; k < to_step;) {
      int stop = min(k + block, to_step);
      for (; k < stop; k++) add_channels(k, 4);
      EACH_ROW(FLUSH, 0)
    }
#elif defined(FULL)
    for (int k = from_step; k < to_step; k++) add_channels(k, 4);
#endif
#if C_REST > 0
    if (to_step == steps) add_channels(steps, C_REST);
#endif
  }
  EACH_ROW(END, 0)
  EACH_ROW(FINISH, 0)
}
