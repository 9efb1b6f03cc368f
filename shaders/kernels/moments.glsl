// Mean of some numbers, and the squares of what lies apart from it, added up (DONE: their mean, the variance).
// x is rows of `inner` texels. Without ROWS a channel over `span` of the `n` rows: two results, [parts, channels]. With ROWS
// `span` texels of a row of n = inner: DONE two results, a texel for each row, else one with mean, squares, count.
#include <inputs>
#include <output>

uniform int n, inner, parts, span;
uniform int lanes;  // elements in the last texel of a row (ROWS)

// Sums in blocks: the error of a long one grows with its root.
#define ADD_UP(total, end, term) for (int i = first; i < end;) { \
  vec4 block = vec4(0.0); int stop = min(i + 32, end); \
  for (; i < stop; i++) { vec4 texel = x_at(at + i * pitch); block += term; } total += block; }

void main() {
  int t = out_texel();
#ifdef ROWS
  int row = texel_quotient(t, parts), at = row * inner, first = (t - row * parts) * span, pitch = 1;
#else
  int part = texel_quotient(t, inner), at = t - part * inner, first = part * span, pitch = inner;
#endif
  int last = min(first + span, n);
  vec4 mean = vec4(0.0), squares = vec4(0.0);
  ADD_UP(mean, last, texel)
#ifdef ROWS
  bool ends = last == n;
  float count = float(4 * (last - first) - (ends ? 4 - lanes : 0));
  mean = vec4(dot(mean, vec4(1.0)) / count);
  if (ends) {  // the last texel by itself: its padding lanes are not apart from the mean
    vec4 apart = mix(x_at(at + n - 1) - mean, vec4(0.0), lessThanEqual(ivec4(lanes), ivec4(0, 1, 2, 3)));
    squares = apart * apart;
    last--;
  }
#else
  float count = float(last - first);
  mean /= count;
#endif
  ADD_UP(squares, last, (texel - mean) * (texel - mean))
#ifdef ROWS
  squares = vec4(dot(squares, vec4(1.0)));
#endif
#ifdef DONE
  write_out(mean, squares / count);
#elif defined(ROWS)
  write_out(vec4(mean.x, squares.x, count, 0.0));
#else
  write_out(mean, squares);
#endif
}
