// One step of an optimizer on a variable and its slots; the formulas are those of backends/cpu/kernels/optimizer.py.
// Structure: the kernel's name; SLOTS, how many it has; SCALE, PENDING, AVERAGE, CLIP_VALUE, WEIGHT_LOSS, what is given
// besides (contracts/optimizer.py says what each does); GIVES_DIRECTION.
#include <inputs>
#include <output>
#include "lib/math_bits.glsl"
#ifdef APPLY_FTRL
#include "lib/math_pow.glsl"
#endif

uniform float learning_rate;
uniform float inner_rate;
uniform float outer_rate;
uniform float momentum;
uniform float use_nesterov;
uniform float epsilon;
uniform float rho;
uniform float rho_rest;
uniform float decay;
uniform float decay_rest;
uniform float beta1;
uniform float beta1_rest;
uniform float beta2;
uniform float beta2_rest;
uniform float correction1;
uniform float correction2;
uniform float moment_share;
uniform float gradient_share;
uniform float learning_rate_power;
uniform float l1;
uniform float l2;
uniform float l2_shrinkage;
uniform float share;
uniform float applies;
uniform float average_momentum;
uniform float average_momentum_rest;
uniform float overwrites;
uniform float clip_value;
uniform float weight_loss;

// Moves the variable w, and up to three slots, by the gradient g; what w moves by may be handed out.
#if defined(APPLY_GRADIENT_DESCENT)
void move(vec4 g, inout vec4 w, inout vec4 a, inout vec4 b, inout vec4 c, out vec4 direction) { w -= learning_rate * g; }
#elif defined(APPLY_MOMENTUM)
void move(vec4 g, inout vec4 w, inout vec4 accumulation, inout vec4 b, inout vec4 c, out vec4 direction) {
  g *= inner_rate;
  accumulation = momentum * accumulation + g;
  w -= outer_rate * (use_nesterov > 0.0 ? g + momentum * accumulation : accumulation);
}
#elif defined(APPLY_ADAGRAD)
void move(vec4 g, inout vec4 w, inout vec4 accumulated, inout vec4 b, inout vec4 c, out vec4 direction) {
  accumulated += g * g;
  w -= learning_rate * g / sqrt(accumulated + epsilon);
}
#elif defined(APPLY_ADADELTA)
void move(vec4 g, inout vec4 w, inout vec4 accumulated, inout vec4 updates, inout vec4 c, out vec4 direction) {
  accumulated = rho * accumulated + rho_rest * g * g;
  vec4 update = sqrt(updates + epsilon) / sqrt(accumulated + epsilon) * g;
  updates = rho * updates + rho_rest * update * update;
  w -= learning_rate * update;
}
#elif defined(APPLY_FTRL)
void move(vec4 g, inout vec4 w, inout vec4 accumulated, inout vec4 linear, inout vec4 c, out vec4 direction) {
  vec4 before = pow_(accumulated, vec4(-learning_rate_power));
  accumulated += g * g;
  vec4 after = pow_(accumulated, vec4(-learning_rate_power));
  linear += g + 2.0 * l2_shrinkage * w - (after - before) / learning_rate * w;
  w = (clamp(linear, -l1, l1) - linear) / (after / learning_rate + 2.0 * l2);
}
#elif defined(APPLY_LION)
void move(vec4 g, inout vec4 w, inout vec4 m, inout vec4 b, inout vec4 c, out vec4 direction) {
  w -= learning_rate * sign(beta1 * m + beta1_rest * g);
  m = beta2 * m + beta2_rest * g;
}
#elif defined(APPLY_ADAMAX)
void move(vec4 g, inout vec4 w, inout vec4 m, inout vec4 u, inout vec4 c, out vec4 direction) {
  m = beta1 * m + beta1_rest * g;
  u = max(beta2 * u, abs(g));
  w -= learning_rate / correction1 * m / (u + epsilon);
}
#elif defined(APPLY_RMS_PROP) || defined(APPLY_CENTERED_RMS_PROP)
void move(vec4 g, inout vec4 w, inout vec4 mean_square, inout vec4 moment, inout vec4 mean_gradient, out vec4 direction) {
  mean_square = decay * mean_square + decay_rest * g * g;
  vec4 variance = mean_square;
#if defined(APPLY_CENTERED_RMS_PROP)
  mean_gradient = decay * mean_gradient + decay_rest * g;
  variance = mean_square - mean_gradient * mean_gradient;
#endif
  moment = momentum * moment + learning_rate * g / sqrt(variance + epsilon);
  w -= moment;
}
#else  // Adam and its kin
void move(vec4 g, inout vec4 w, inout vec4 m, inout vec4 v, inout vec4 largest, out vec4 direction) {
  m = beta1 * m + beta1_rest * g;
  v = beta2 * v + beta2_rest * g * g;
#if defined(APPLY_NADAM)
  w -= learning_rate * (moment_share * m + gradient_share * g) / (sqrt(v / correction2) + epsilon);
#elif defined(APPLY_ADAM_WITH_AMSGRAD)
  largest = max(largest, v);
  w -= learning_rate * (m / correction1) / (sqrt(largest / correction2) + epsilon);
#elif defined(LAMB_DIRECTION)
  direction = (m / correction1) / (sqrt(v / correction2) + epsilon);
#else
  w -= learning_rate * (m / correction1) / (sqrt(v / correction2) + epsilon);
#endif
}
#endif

#include "lib/optimizer_outputs.glsl"

void main() {
  vec4 w = value_here(), a = slot_a(), b = slot_b(), c = slot_c(), direction = vec4(0.0);
  vec4 g = gradient_here();
#ifdef PENDING
  vec4 old_w = w, old_a = a, old_b = b, old_c = c, pending = pending_here() + g;
  g = pending * share;
#endif
#ifdef SCALE
  g *= scale_at(0).x;
#endif
#ifdef CLIP_VALUE
  g = mix(clamp(g, -clip_value, clip_value), g, is_nan(g));
#endif
#ifdef WEIGHT_LOSS
  w -= weight_loss * w;
#endif
  move(g, w, a, b, c, direction);
#ifdef PENDING
  if (applies > 0.0) pending = vec4(0.0);
  else w = old_w, a = old_a, b = old_b, c = old_c;
#endif
#ifdef AVERAGE
  vec4 average = average_momentum > 0.0 ? average_momentum * average_here() + average_momentum_rest * w : w;
  if (overwrites > 0.0) w = average;
#endif
  write_out(w SLOT_VALUES PENDING_VALUE AVERAGE_VALUE DIRECTION_VALUE);
}
