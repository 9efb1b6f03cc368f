// The pixels of the input that a tile of kernels/conv2d.glsl meets with the current tap, which begins at texel x0 and pixel
// `at`. TAPS > 0: the pixels of a tile have most of their windows in common, and each is read once.
#if TAPS > 0
#define WINDOW ((ROWS - 1) * STRIDE + TAPS)
#define SPACING 1
#else
#define WINDOW ROWS
#define SPACING stride[0]
#endif
#ifdef PADDED
int met[WINDOW];       // which of them lie in the image: what lies outside is left out, not multiplied as zero
#ifdef LOW
#define MET(i) ((i) >= LOW && (i) < WINDOW - HIGH || met[i] != 0)
#else
#define MET(i) (met[i] != 0)
#endif
#else
#define MET(i) true
#endif
#ifdef ROW_OFFSETS
vec2 pixels[WINDOW];  // where they begin in the texture
#endif

void find_pixels() {
  for (int i = 0; i < WINDOW; i++) {
#ifdef PADDED
    met[i] = int(uint(at[0] + i * SPACING) < uint(size[0]));
#endif
#ifdef ROW_OFFSETS
    pixels[i] = x_place(x0 + i * SPACING * pitch[0]);
#endif
  }
}

// Pixel i of those that the tile meets with the current tap.
vec4 pixel(int i, int step) {
#ifdef ROW_OFFSETS
  vec4 v = x_along(pixels[i], step);
#else
  vec4 v = x_at(x0 + i * SPACING * pitch[0] + step);
#endif
  return v;
}
