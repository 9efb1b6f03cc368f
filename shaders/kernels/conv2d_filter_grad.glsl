// Gradient of a convolution with respect to its filter: for each tap a product of the input, transposed, with the result's
// gradient, summed over the pixels. A fragment's tile (lib/tile.glsl) is four channels of the input, or eight (two texels
// `groups` apart), x the four of an output texel, and takes its share of the result's rows; untile adds up the shares.
// Structure: ROWS; BLOCKED is always set: each row of dy is a block of its own; DEEP: volumes, image by image.
#include "lib/layout.glsl"
#include "lib/depth.glsl"
#include <inputs>
#include "lib/tile.glsl"

uniform int groups;                // tiles over the input channels
uniform ivec2 taps;                // height, width of the filter; all pairs are so ordered
uniform ivec2 size;                // of an input image
uniform ivec2 out_size;            // of an image of dy
uniform ivec2 stride, pad, dilation;
uniform int channels;              // texels in a pixel of the input
uniform int images;
uniform int span;                  // rows of dy that each fragment takes

#define READ(i, k) if ((i) % 4 == 0) a[(i) / 4 + 2 * k] = x_at(tx + k * next + (i) / 4 * groups);
#define ADD(i, k) acc[i] += a[(i) / 4 + 2 * k][(i) % 4] * b[k];
#define ADD_FOUR(i, q) ADD(i, 0) ADD(i, 1) ADD(i, 2) ADD(i, 3)
#define FINISH(i, q) STORE(i, acc[i])

void main() {
  int u = fragment(), columns = out_form.z;
  int q = texel_quotient(u, columns), c = u - q * columns;
  int p = texel_quotient(q, groups), g = q - p * groups;
  int area = taps[0] * taps[1];
#ifdef DEEP
  int part = texel_quotient(p, area * deep_taps);
  int tap = p - part * area * deep_taps;
  int deep = texel_quotient(tap, area);
  tap -= deep * area;
#else
  int part = texel_quotient(p, area);
  int tap = p - part * area;
#endif
  int tap_y = quotient(tap, taps[1]), tap_x = tap - tap_y * taps[1];
  ivec2 origin = ivec2(tap_y, tap_x) * dilation - pad;

  // The columns of dy whose pixel of the input lies within the image: from <= ox < to.
  int from = origin.y < 0 ? quotient(stride.y - 1 - origin.y, stride.y) : 0;
  int room = size[1] - 1 - origin.y;
  int to = room < 0 ? 0 : min(quotient(room, stride.y) + 1, out_size[1]);
  int last = min((part + 1) * span, images * out_size[0]);
  EACH_ROW(BEGIN, 0)
  for (int row = part * span; row < last; row++) {
    int n = quotient(row, out_size[0]);
    int y = (row - n * out_size[0]) * stride.x + origin.x;
    int end = uint(y) < uint(size[0]) ? to : from;
#ifdef DEEP
    end = meets(n, deep, n) ? end : from;
#endif
    int tx = ((n * size[0] + y) * size[1] + from * stride.y + origin.y) * channels + g;
    int ty = (row * out_size[1] + from) * columns + c;
    int next = stride.y * channels, ox = from;
    vec4 a[8], b[4];
    for (; ox + 3 < end; ox += 4) {
      EACH_ROW(READ, 0)
      EACH_ROW(READ, 1)
      EACH_ROW(READ, 2)
      EACH_ROW(READ, 3)
      b[0] = dy_at(ty); b[1] = dy_at(ty + columns); b[2] = dy_at(ty + 2 * columns); b[3] = dy_at(ty + 3 * columns);
      EACH_ROW(ADD_FOUR, 0)
      tx += 4 * next;
      ty += 4 * columns;
    }
    for (; ox < end; ox++) {
      EACH_ROW(READ, 0)
      b[0] = dy_at(ty);
      EACH_ROW(ADD, 0)
      tx += next;
      ty += columns;
    }
    EACH_ROW(FLUSH, 0)
  }
  EACH_ROW(END, 0)
  EACH_ROW(FINISH, 0)
}
