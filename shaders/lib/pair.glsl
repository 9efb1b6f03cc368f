// Products of many factors: with each product goes the error of its roundings, which would pile up, alike, where factors
// are alike. `v + e` is the product.
struct Pair { vec4 v, e; };

const Pair ONE = Pair(vec4(1.0), vec4(0.0));

vec4 upper_half(vec4 x) { return intBitsToFloat(floatBitsToInt(x) & int(0xfffff000u)); }

Pair times(Pair a, Pair b) {
  vec4 p = a.v * b.v;
  vec4 ah = upper_half(a.v), bh = upper_half(b.v), al = a.v - ah, bl = b.v - bh;
  vec4 error = ((ah * bh - p) + ah * bl + al * bh) + al * bl;  // of p, exactly (Dekker)
  return Pair(p, error + (a.e * b.v + a.v * b.e));
}

// v + e; v where e means nothing: v is 0, infinite, NaN, or too small to have an error.
vec4 rounded(Pair p) { return mix(p.v, p.v + p.e, lessThan(abs(p.e), abs(p.v) * 0.01)); }

Pair pick(bool which, Pair a, Pair b) { return Pair(which ? a.v : b.v, which ? a.e : b.e); }

Pair lane(Pair p, int i) { return Pair(vec4(p.v[i]), vec4(p.e[i])); }

Pair across(Pair p) { return times(times(lane(p, 0), lane(p, 1)), times(lane(p, 2), lane(p, 3))); }
