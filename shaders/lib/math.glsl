// The whole mathematics library. A shader that needs only a part of it includes that part, and compiles sooner.
#include "lib/math_order.glsl"
#include "lib/math_exp.glsl"
#include "lib/math_log.glsl"
#include "lib/math_pow.glsl"
#include "lib/math_trig.glsl"
#include "lib/math_arc.glsl"
#include "lib/math_hyperbolic.glsl"
#include "lib/math_erf.glsl"
