// Gradient of a convolution with respect to its filter: for each tap a product of the input, transposed, with the result's
// gradient, summed over the pixels. A fragment's tile (lib/tile.glsl) is four channels of the input, or eight (two texels
// `groups` apart), x the four of an output texel, and takes its share of the result's rows; untile adds up the shares.
// Structure: ROWS; BLOCKED: each row of dy is a block of its own; DEEP: volumes, image by image;
// TAPS: the input has at most four channels, and a tile is those of TAPS neighbours along the filter x OUTS output texels,
// which share what is read of dy, and of x, whose pixels are STRIDE apart; `groups` make a line of taps, and taps.y is 1.
#include "lib/layout.glsl"
#include "lib/depth.glsl"
#include <inputs>
#include "lib/tile.glsl"

uniform int groups;                // tiles over the input channels, or over a line of taps
uniform ivec2 taps;                // height, width of the filter; all pairs are so ordered
uniform ivec2 size;                // of an input image
uniform ivec2 out_size;            // of an image of dy
uniform ivec2 stride, pad, dilation;
uniform int channels;              // texels in a pixel of the input
uniform int images;
uniform int span;                  // rows of dy that each fragment takes

#ifdef TAPS
#define CHANNELS (ROWS / TAPS / OUTS)
#if STRIDE > TAPS
#define SPACING TAPS               // texels of x that a pixel of dy needs before the next one's begin
#else
#define SPACING STRIDE
#endif
#define WINDOW (3 * SPACING + TAPS)
#define TAP(i) ((i) / OUTS / CHANNELS)
#define ADD(i, k) acc[i] += a[TAP(i) + k * SPACING][(i) / OUTS % CHANNELS] * b[k * OUTS + (i) % OUTS];
// Near the edges a tap leaves out the pixels of dy that it meets outside the image.
#define ADD_MET(i, q) if (met[TAP(i)] != 0) ADD(i, 0)
#else
#define WINDOW 8
#define OUTS 1
#define READ(i, k) if ((i) % 4 == 0) a[(i) / 4 + 2 * k] = x_at(tx + k * next + (i) / 4 * groups);
#define ADD(i, k) acc[i] += a[(i) / 4 + 2 * k][(i) % 4] * b[k];
#endif
#define ADD_FOUR(i, q) ADD(i, 0) ADD(i, 1) ADD(i, 2) ADD(i, 3)
#define FINISH(i, q) STORE(i, acc[i])

vec4 a[WINDOW], b[4 * OUTS];

#ifdef TAPS
// The pixel of dy at texel `ty`, which the first tap takes with column `x` of the input, at texel `tx`.
void add_near_edge(int tx, int ty, int x, int apart) {
  int met[TAPS];
  for (int i = 0; i < TAPS; i++) {
    met[i] = int(uint(x + i) < uint(size[1]));
    a[i] = x_at(met[i] != 0 ? tx + i : 0);
  }
  for (int i = 0; i < OUTS; i++) b[i] = dy_at(ty + i * apart);
  EACH_ROW(ADD_MET, 0)
}
#endif

void main() {
  int u = fragment(), columns = out_form.z;
  int apart = columns / OUTS, q = texel_quotient(u, apart), c = u - q * apart;
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
#ifdef TAPS
  tap_x = g * TAPS;
  g = 0;
  const int others = TAPS - 1;
#else
  const int others = 0;
#endif
  ivec2 origin = ivec2(tap_y, tap_x) * dilation - pad;

  // The columns of dy whose pixels of the input lie within the image: from <= ox < to. Some of them do from `first` on.
  int from = origin.y < 0 ? quotient(stride.y - 1 - origin.y, stride.y) : 0;
  int room = size[1] - 1 - origin.y - others;
  int to = room < 0 ? 0 : min(quotient(room, stride.y) + 1, out_size[1]);
#ifdef TAPS
  int first = origin.y + others < 0 ? quotient(stride.y - 1 - origin.y - others, stride.y) : 0;
  int past = room + others < 0 ? 0 : min(quotient(room + others, stride.y) + 1, out_size[1]);
#else
  int first = from;
#endif
  int last = min((part + 1) * span, images * out_size[0]);
  EACH_ROW(BEGIN, 0)
  for (int row = part * span; row < last; row++) {
    int n = quotient(row, out_size[0]);
    int y = (row - n * out_size[0]) * stride.x + origin.x;
    bool inside = uint(y) < uint(size[0]);
#ifdef DEEP
    inside = meets(n, deep, n) && inside;
#endif
    int end = inside ? to : 0, next = stride.y * channels, ox = first;
    int tx = ((n * size[0] + y) * size[1] + ox * stride.y + origin.y) * channels + g;
    int ty = (row * out_size[1] + ox) * columns + c;
#ifdef TAPS
    int all = inside ? past : 0;
    for (; ox < min(from, all); ox++) {
      add_near_edge(tx, ty, ox * stride.y + origin.y, apart);
      tx += next;
      ty += columns;
    }
#endif
    for (; ox + 3 < end; ox += 4) {
#ifdef TAPS
      for (int i = 0; i < WINDOW; i++) a[i] = x_at(tx + i / SPACING * STRIDE + i % SPACING);
      for (int i = 0; i < 4 * OUTS; i++) b[i] = dy_at(ty + i / OUTS * columns + i % OUTS * apart);
#else
      EACH_ROW(READ, 0)
      EACH_ROW(READ, 1)
      EACH_ROW(READ, 2)
      EACH_ROW(READ, 3)
      b[0] = dy_at(ty); b[1] = dy_at(ty + columns); b[2] = dy_at(ty + 2 * columns); b[3] = dy_at(ty + 3 * columns);
#endif
      EACH_ROW(ADD_FOUR, 0)
      tx += 4 * next;
      ty += 4 * columns;
    }
#ifdef TAPS
    for (; ox < all; ox++) {
      add_near_edge(tx, ty, ox * stride.y + origin.y, apart);
#else
    for (; ox < end; ox++) {
      EACH_ROW(READ, 0)
      b[0] = dy_at(ty);
      EACH_ROW(ADD, 0)
#endif
      tx += next;
      ty += columns;
    }
    EACH_ROW(FLUSH, 0)
  }
  EACH_ROW(END, 0)
  EACH_ROW(FINISH, 0)
}
