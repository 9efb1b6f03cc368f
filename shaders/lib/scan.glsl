// What the passes of a scan share. Structure: PRODUCT or sum; INTEGER: x holds integers; LANES: along the last axis.
#if INTEGER
#define ACC ivec4
#define ELEMENT_TYPE int
#else
#define ACC vec4
#define ELEMENT_TYPE float
#endif
#if PRODUCT
#define COMBINE *
const ACC NEUTRAL = ACC(1);
#else
#define COMBINE +
const ACC NEUTRAL = ACC(0);
#endif

const int BLOCK = 8;  // texels

uniform int n;       // texels along the axis
uniform int inner;   // texels between neighbours along the axis, without LANES
uniform int blocks;  // along the axis

// Texel i of the n at `at`; lanes that pad a row change nothing.
ACC item(int at, int stride, int i) {
  ACC v = ACC(x_at(at + i * stride));
#if PRODUCT && LANES
  int lanes = i == n - 1 ? x_form.w - 4 * (n - 1) : 4;
  for (int k = 1; k < 4; k++) v[k] = k < lanes ? v[k] : NEUTRAL[k];
#endif
  return v;
}

ACC fold(int at, int stride, int first, int last) {
  ACC v = NEUTRAL;
  for (int i = first; i < last; i++) v = v COMBINE item(at, stride, i);
  return v;
}

ELEMENT_TYPE across(ACC v) { return (v.x COMBINE v.y) COMBINE (v.z COMBINE v.w); }
