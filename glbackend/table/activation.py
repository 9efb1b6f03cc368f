"""Rows of the activations: one input and perhaps numbers beside it; and Prelu, EluGrad. Columns as in `elementary`."""

from glbackend.table import functions as f
from glbackend.table.row import Row

EXP = "lib/math_exp.glsl"
LOG = "lib/math_log.glsl"
ORDER = "lib/math_order.glsl"
SCALE, SCALE_ALPHA = f.SELU_SCALE, f.SELU_SCALE_ALPHA

ACTIVATION = (
    # kernel         op               GLSL                    NumPy            gradient
    Row("Relu",      "relu",          "relu(x)",              f.relu,          lambda dy, y: dy.relu_grad(y),            integer="max(x, 0)", include=ORDER),
    Row("Relu6",     "relu6",         "clamp_(x, vec4(0.0), vec4(6.0))", f.relu6, lambda dy, x: dy.where((x > 0.0).logical_and(x <= 6.0), 0.0),
        integer="clamp(x, 0, 6)", include=ORDER, domain=(-4.0, 9.0)),
    Row("LeakyRelu", "leaky_relu",    "mix(x, alpha * x, lessThan(x, vec4(0.0)))", f.leaky_relu, lambda dy, x, *, alpha: dy * x.step(alpha), attrs={"alpha": 0.2}),
    Row("Prelu",     "prelu",         "mix(x, alpha * x, lessThan(x, vec4(0.0)))", f.leaky_relu,
        (lambda dy, x, alpha: dy.where(x > 0.0, dy * alpha), lambda dy, x: (dy * x).where(x <= 0.0, 0.0)), inputs=("x", "alpha")),
    # gradients that would take several passes by themselves; names as TensorFlow's
    Row("ReluGrad",  "relu_grad",     "mix(mix(vec4(0.0), gradients, greaterThan(features, vec4(0.0))), features, is_nan(features))", f.relu_grad,
        (lambda dy, features: dy.relu_grad(features), lambda dy: dy.zeros_like()), inputs=("gradients", "features"), include=ORDER),
    Row("SigmoidGrad", "sigmoid_grad", "gradients * (outputs * (1.0 - outputs))", lambda gradients, outputs: gradients * (outputs * (1 - outputs)),
        (lambda dy, outputs: dy.sigmoid_grad(outputs), lambda dy, gradients, outputs: dy * gradients * (1.0 - outputs * 2.0)), inputs=("gradients", "outputs")),
    Row("TanhGrad",  "tanh_grad",     "gradients * (1.0 - outputs * outputs)", lambda gradients, outputs: gradients * (1 - outputs * outputs),
        (lambda dy, outputs: dy.tanh_grad(outputs), lambda dy, gradients, outputs: dy * gradients * outputs * -2.0), inputs=("gradients", "outputs")),
    Row("Elu",       "elu",           "mix(x, expm1(x), lessThan(x, vec4(0.0)))", f.elu, lambda dy, y: dy * (y + 1.0).minimum(1.0), include=EXP),
    Row("EluGrad",   "elu_grad",      "mix(dy * (y + 1.0), dy, greaterThanEqual(y, vec4(0.0)))", f.elu_grad, inputs=("dy", "y")),
    Row("Selu",      "selu",          f"mix({SCALE} * x, {SCALE_ALPHA} * expm1(x), lessThan(x, vec4(0.0)))", f.selu,
        lambda dy, y: dy * (y + SCALE_ALPHA).where(y <= 0.0, SCALE), include=EXP),
    Row("Sigmoid",   "sigmoid",       "sigmoid(x)",           f.sigmoid,       lambda dy, y: dy.sigmoid_grad(y),         include=EXP),
    Row("Softplus",  "softplus",      "softplus(x)",          f.softplus,      lambda dy, x: dy * x.sigmoid(),           include=LOG),
    Row("Step",      "step",          "mix(mix(vec4(alpha), vec4(1.0), greaterThan(x, vec4(0.0))), x, is_nan(x))", f.step, lambda dy: dy.zeros_like(),
        attrs={"alpha": 0.0}, integer="alpha + (1 - alpha) * ivec4(greaterThan(x, ivec4(0)))", include=ORDER),
)  # fmt: skip
