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

// The same for numbers of texels and fragments. With SMALL they are below 2^20, where the error of a float product cannot
// reach the next whole number, even on drivers whose division is a few units off.
int texel_quotient(int t, int d) {
#ifdef SMALL
  return int((float(t) + 0.5) * (1.0 / float(d)));
#else
  return quotient(t, d);
#endif
}
