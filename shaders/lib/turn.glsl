// Cosine and sine of fractions of a full turn, for Fourier transforms: exact at the eighths, within 1 ulp elsewhere.

// cos and sin of 2 pi p / n for 0 <= p < n < 2^28. Whole numbers are folded into the first eighth of the turn, so
// that no rounding of a large angle comes in.
void turn(ivec4 p, int n, out vec4 c, out vec4 s) {
  ivec4 a = 4 * n - 8 * p;
  bvec4 below = lessThan(a, ivec4(0));  // the half of the turn where the sine is negative
  a = 2 * n - (4 * n - abs(a));
  bvec4 left = lessThan(a, ivec4(0));   // the half where the cosine is negative
  a = n - (2 * n - abs(a));
  bvec4 steep = lessThan(a, ivec4(0));  // nearer to the y axis than to the x axis
  vec4 x = vec4(n - abs(a)) / float(n);
  vec4 y = x * x;
  vec4 small = x * (0.785398163 + y * (-0.0807455122 + y * (0.00249039457 + y * (-3.65762040e-05 + y * 3.13361622e-07))));
  vec4 large = 1.0 + y * (-0.308425138 + y * (0.0158543442 + y * (-0.000325991887 + y * (3.59086045e-06 - y * 2.46113662e-08))));
  c = mix(large, small, steep);
  s = mix(small, large, steep);
  c = mix(c, -c, left);
  s = mix(s, -s, below);
}
