// Integer keys that order as the elements do. Of floats: -0 equals 0, NaN comes after infinity, denormals count.
const int LAST_KEY = -2147483647 - 1;  // before every float's
const int NAN_KEY = 0x7fffffff;

ivec4 order_keys(ivec4 v) { return v; }

ivec4 order_keys(vec4 v) {
  ivec4 bits = floatBitsToInt(v);
  ivec4 magnitude = bits & 0x7fffffff;
  ivec4 negative = bits >> 31;
  ivec4 keys = (magnitude ^ negative) - negative;
  ivec4 nan = (ivec4(0x7f800000) - magnitude) >> 31;
  return (keys & ~nan) | (ivec4(NAN_KEY) & nan);
}
