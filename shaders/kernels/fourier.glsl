// One pass of a mixed radix Fourier transform (Stockham's, which needs no reordering) along the rows of re + i im.
// With `span` elements per finished part transform, element o of the result, o = group * span * radix + p, is
//   sum over q < radix of in[group * span + p mod span + q * n / radix] * exp(-+ 2 pi i q p / (span * radix)).
// Defines: WAYS of finding the four lanes of a texel: WHOLE (lanes are neighbours in every input texel), SHARED
// (all lanes see the same input elements; span is 1), EACH.
#include <inputs>
#include <output>
#include "lib/element.glsl"
#include "lib/turn.glsl"

#define WHOLE 0
#define SHARED 1
#define EACH 2
#define POWERS 5  // up to this radix, powers of the first factor are exact enough

uniform int radix, span, n;
uniform float direction, scale;  // -1 forwards, 1 backwards; scale of the result

void read(int row, ivec4 at, out vec4 x, out vec4 y) {
#if WAY == WHOLE
  x = re_at(row + (at.x >> 2));
  y = im_at(row + (at.x >> 2));
#elif WAY == SHARED
  x = vec4(lane_of(re_at(row + (at.x >> 2)), at.x & 3));
  y = vec4(lane_of(im_at(row + (at.x >> 2)), at.x & 3));
#else
  for (int i = 0; i < 4; i++) {
    x[i] = lane_of(re_at(row + (at[i] >> 2)), at[i] & 3);
    y[i] = lane_of(im_at(row + (at[i] >> 2)), at[i] & 3);
  }
#endif
}

void main() {
  int t = out_texel();
  int row = texel_quotient(t, out_form.z) * out_form.z;
  ivec4 o = min(4 * (t - row) + ivec4(0, 1, 2, 3), n - 1);  // lanes past the row stay inside it
  int turns = span * radix, hop = quotient(n, radix);
#if WAY == WHOLE
  int group = quotient(o.x, turns);  // lanes are in one group
  ivec4 p = o - group * turns;
  ivec4 at = p + group * span - quotient(p.x, span) * span;
#else
  ivec4 p, at;
  for (int i = 0; i < 4; i++) {
    int group = quotient(o[i], turns);
    p[i] = o[i] - group * turns;
    at[i] = group * span + p[i] - quotient(p[i], span) * span;
  }
#endif
  vec4 x, y, c1, s1;
  read(row, at, x, y);
  vec4 real = x, imaginary = y;
  turn(p, turns, c1, s1);
  s1 *= direction;
  vec4 c = c1, s = s1;
  ivec4 phase = p;
  for (int q = 1; q < radix; q++) {
    at += hop;
    read(row, at, x, y);
    real += x * c - y * s;
    imaginary += x * s + y * c;
    if (radix > POWERS) {
      phase += p;
      phase -= turns * ivec4(greaterThanEqual(phase, ivec4(turns)));
      turn(phase, turns, c, s);
      s *= direction;
    } else {
      vec4 turned = c * c1 - s * s1;
      s = c * s1 + s * c1;
      c = turned;
    }
  }
  write_out(real * scale, imaginary * scale);
}
