// One step of an optimizer on a variable and its slots; the formulas are those of backends/cpu/kernels/optimizer.py.
#include <inputs>
#include <output>

uniform float learning_rate;
uniform float momentum;
uniform float use_nesterov;
uniform float epsilon;
uniform float rho;
uniform float decay;
uniform float beta1;
uniform float beta2;
uniform float correction1;
uniform float correction2;

void main() {
  vec4 w = value_here();
  vec4 g = gradient_here();
#if defined(APPLY_GRADIENT_DESCENT)
  write_out(w - learning_rate * g);
#elif defined(APPLY_MOMENTUM)
  vec4 accumulation = momentum * accumulation_here() + g;
  vec4 step = use_nesterov > 0.0 ? g + momentum * accumulation : accumulation;
  write_out(w - learning_rate * step, accumulation);
#elif defined(APPLY_ADAGRAD)
  vec4 accumulated = accumulated_here() + g * g;
  write_out(w - learning_rate * g / sqrt(accumulated + epsilon), accumulated);
#elif defined(APPLY_ADADELTA)
  vec4 accumulated = rho * accumulated_here() + (1.0 - rho) * g * g;
  vec4 updates = updates_here();
  vec4 update = sqrt(updates + epsilon) / sqrt(accumulated + epsilon) * g;
  write_out(w - learning_rate * update, accumulated, rho * updates + (1.0 - rho) * update * update);
#elif defined(APPLY_ADAM)
  vec4 m = beta1 * first_moment_here() + (1.0 - beta1) * g;
  vec4 v = beta2 * second_moment_here() + (1.0 - beta2) * g * g;
  write_out(w - learning_rate * (m / correction1) / (sqrt(v / correction2) + epsilon), m, v);
#elif defined(APPLY_ADAMAX)
  vec4 m = beta1 * first_moment_here() + (1.0 - beta1) * g;
  vec4 u = max(beta2 * infinity_norm_here(), abs(g));
  write_out(w - learning_rate / correction1 * m / (u + epsilon), m, u);
#else
  vec4 mean_square = decay * mean_square_here() + (1.0 - decay) * g * g;
#if defined(APPLY_CENTERED_RMS_PROP)
  vec4 mean_gradient = decay * mean_gradient_here() + (1.0 - decay) * g;
  vec4 moment = momentum * moment_here() + learning_rate * g / sqrt(mean_square - mean_gradient * mean_gradient + epsilon);
  write_out(w - moment, mean_square, moment, mean_gradient);
#else
  vec4 moment = momentum * moment_here() + learning_rate * g / sqrt(mean_square + epsilon);
  write_out(w - moment, mean_square, moment);
#endif
#endif
}
