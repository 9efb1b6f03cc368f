// Movement: every element of the output is an element of x, found by walking x in fixed steps along each output dim.
// A step is so many texels of x and so many lanes along its rows (backends/webgl/plan/walk.py plans it).
// Structure: RANK: dims walked; INTEGER; LANES: how the four lanes of an output texel are found (below);
// EDGE: what lies outside [low, high) of a dim: nothing does (NONE), `value` (BOUND), or the mirrored inside (MIRROR);
// <write>: write_out, with the texels `pitch` apart where there are several outputs; PERIOD: the last axis starts again after `period` elements (LANES == EACH).
#include <inputs>
#include <output>
#include "lib/values.glsl"
#include "lib/shifted.glsl"

#define WHOLE 0     // a texel of x, unchanged; dims count output texels. Otherwise they count output rows
#define SHIFTED 1   // neighbours in x, starting at any lane
#define BACKWARD 2  // neighbours in x, in falling order
#define SPREAD 3    // one element of x, four times
#define ROWS 4      // elements below each other, in one column of x
#define EACH 5      // anywhere
#define NONE 0
#define BOUND 1
#define MIRROR 2

uniform int dims[RANK], texels[RANK], lanes[RANK];
uniform int first, first_lane;           // texel and lane of x where the walk begins
uniform int last_texels, last_lanes;     // the step along the last axis (ROWS, EACH)
#if EDGE != NONE
uniform int low[RANK], high[RANK];
uniform int last_low, last_high;
#endif
#if EDGE == BOUND
uniform SCALAR value;
#elif EDGE == MIRROR
uniform int overlap;                     // 1 where the border element is mirrored too, else 0
#endif
#ifdef PERIOD
uniform int period;
#endif
uniform int pitch;                       // texels of x between the walks of neighbouring outputs (several outputs)

int at, lane;
bool inside = true;

int mirrored(int i, int from, int to) {
#if EDGE == MIRROR
  i = max(i, 2 * from - overlap - i);
  return min(i, 2 * to - 2 + overlap - i);
#else
  return i;
#endif
}

void walk(int axis, int i) {
#if EDGE == BOUND
  inside = inside && i >= low[axis] && i < high[axis];
#elif EDGE == MIRROR
  i = mirrored(i, low[axis], high[axis]);
#endif
  at += i * texels[axis];
  lane += i * lanes[axis];
}

// The element at `c` of the last axis.
SCALAR element(int c) {
#ifdef PERIOD
  c -= quotient(c, period) * period;
#endif
#if EDGE == MIRROR
  c = mirrored(c, last_low, last_high);
#endif
  int k = lane + c * last_lanes;
  return lane_of(x_at(at + c * last_texels + (k >> 2)), k & 3);
}

VEC neighbours(int k) { return shifted(x_at(at + (k >> 2)), x_at(at + (k >> 2) + 1), k & 3); }

void main() {
  int t = out_texel();
#if LANES == WHOLE
  int rest = t;
#else
  int rest = texel_quotient(t, out_form.z), c = 4 * (t - rest * out_form.z);
#endif
  at = first;
  lane = first_lane;
  for (int axis = RANK - 1; axis > 0; axis--) {
    int q = texel_quotient(rest, dims[axis]);
    walk(axis, rest - q * dims[axis]);
    rest = q;
  }
  walk(0, rest);
#if LANES == WHOLE
  VEC v = x_at(at);
#elif LANES == SHIFTED
  VEC v = neighbours(lane + c);
#elif LANES == BACKWARD
  VEC v = neighbours(lane - c - 3).wzyx;
#elif LANES == SPREAD
  VEC v = VEC(lane_of(x_at(at + (lane >> 2)), lane & 3));
#elif LANES == ROWS
  int s = at + (lane >> 2) + c * last_texels, k = lane & 3;
  VEC e = x_at(s), f = x_at(s + last_texels), g = x_at(s + 2 * last_texels), h = x_at(s + 3 * last_texels);
  VEC v = k < 2 ? (k == 0 ? VEC(e.x, f.x, g.x, h.x) : VEC(e.y, f.y, g.y, h.y))
                : (k == 2 ? VEC(e.z, f.z, g.z, h.z) : VEC(e.w, f.w, g.w, h.w));
#else
  VEC v = VEC(element(c), element(c + 1), element(c + 2), element(c + 3));
#endif
#if EDGE == BOUND
  v = inside ? v : VEC(value);
#if LANES != WHOLE
  ivec4 i = c + ivec4(0, 1, 2, 3);
  v = VEC(i.x < last_low || i.x >= last_high ? value : v.x, i.y < last_low || i.y >= last_high ? value : v.y,
          i.z < last_low || i.z >= last_high ? value : v.z, i.w < last_low || i.w >= last_high ? value : v.w);
#endif
#endif
#include <write>
}
