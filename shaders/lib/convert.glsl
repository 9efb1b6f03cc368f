// Conversions between registers: TF.js's cast cuts towards zero; NaN becomes 0, what int32 cannot hold its nearest end.

ivec4 to_int(vec4 x) {
  vec4 low = max(x, vec4(-2147483648.0));
  ivec4 inside = ivec4(mix(low, vec4(0.0), greaterThanEqual(x, vec4(2147483648.0))));
  ivec4 high = ivec4(greaterThanEqual(x, vec4(2147483648.0)));
  ivec4 number = ivec4(equal(x, x));
  return (inside * (1 - high) + 2147483647 * high) * number;
}

ivec4 to_int(ivec4 x) { return x; }
ivec4 to_bool(vec4 x) { return 1 - ivec4(equal(x, vec4(0.0))); }
ivec4 to_bool(ivec4 x) { return ivec4(notEqual(x, ivec4(0))); }
