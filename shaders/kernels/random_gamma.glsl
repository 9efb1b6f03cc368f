// Gamma numbers by the method of Marsaglia and Tsang, at most 16 attempts (one in more than 1e20 needs more).
// Structure: BOOSTED: alpha < 1, drawn for alpha + 1 and multiplied by u^(1 / alpha); INTEGER: rounded to whole numbers.
#include <output>
#include "lib/random_normal.glsl"
#include "lib/math_exp.glsl"

uniform float d, c;       // alpha - 1/3 (of the boosted alpha), 1 / sqrt(9 d)
uniform float scale;      // 1 / beta
uniform float power;      // 1 / alpha

const int ATTEMPTS = 16;

void main() {
  uvec4 state = random_state();
  vec4 result = vec4(1.0);
  bvec4 done = bvec4(false);
  for (int i = 0; i < ATTEMPTS && !all(done); i++) {
    vec4 x = random_normal(state, 3 * i);
    vec4 v = 1.0 + c * x;
    bvec4 positive = greaterThan(v, vec4(0.0));
    v = v * v * v;
    vec4 log_u = log_(positive_unit(random_bits(state, 3 * i + 2)));
    vec4 bound = 0.5 * x * x + d * (1.0 - v + log_(mix(vec4(1.0), v, positive)));
    bvec4 accepted = bvec4(ivec4(positive) * ivec4(lessThan(log_u, bound)) * ivec4(not(done)));
    result = mix(result, v, accepted);
    done = bvec4(ivec4(done) + ivec4(accepted));
  }
  result *= d;
#if BOOSTED
  result *= exp_(log_(positive_unit(random_bits(state, 3 * ATTEMPTS))) * power);
#endif
  result *= scale;
#if INTEGER
  write_out(ivec4(floor(result + 0.5)));
#else
  write_out(result);
#endif
}
