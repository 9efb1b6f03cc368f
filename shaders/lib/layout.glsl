// Arithmetic of texel numbers. The driver's integer division is slow (on llvmpipe one scalar division per fragment);
// this one multiplies by a float reciprocal and corrects.

// t / d for 0 <= t < 2^28 and d > 0, exact.
int quotient(int t, int d) {
  float inverse = 1.0 / float(d);
  int q = int(float(t) * inverse);
  q += int(floor(float(t - q * d) * inverse));  // float(t) is rounded above 2^24: one step of refinement
  int r = t - q * d;
  return q + int(r >= d) - int(r < 0);
}
