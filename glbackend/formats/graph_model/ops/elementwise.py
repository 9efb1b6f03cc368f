"""Arithmetic, comparisons and functions of one element."""

from typing import Any

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import rows, tf_op
from glbackend.formats.graph_model.host import on_host, whole
from glbackend.ops import activation, arithmetic, comparison, complex, elementary, logical

rows({
    "Abs": elementary.abs, "Acos": elementary.acos, "Acosh": elementary.acosh, "Asin": elementary.asin,
    "Asinh": elementary.asinh, "Atan": elementary.atan, "Atanh": elementary.atanh, "Ceil": elementary.ceil,
    "Cos": elementary.cos, "Cosh": elementary.cosh, "Elu": activation.elu, "Erf": elementary.erf,
    "Exp": elementary.exp, "Expm1": elementary.expm1, "Floor": elementary.floor, "Inv": elementary.reciprocal,
    "Log": elementary.log, "Log1p": elementary.log1p, "Neg": elementary.neg,
    "Reciprocal": elementary.reciprocal, "Relu": activation.relu, "Relu6": activation.relu6,
    "Rint": elementary.round, "Round": elementary.round, "Rsqrt": elementary.rsqrt, "Selu": activation.selu,
    "Sigmoid": activation.sigmoid, "Sign": elementary.sign, "Sin": elementary.sin, "Sinh": elementary.sinh,
    "Softplus": activation.softplus, "Sqrt": elementary.sqrt, "Square": elementary.square,
    "Tan": elementary.tan, "Tanh": elementary.tanh,
})  # fmt: skip
rows({
    "Add": arithmetic.add, "AddV2": arithmetic.add, "Atan2": arithmetic.atan2, "Div": arithmetic.div,
    "DivNoNan": arithmetic.div_no_nan, "Maximum": arithmetic.maximum, "Minimum": arithmetic.minimum,
    "Mul": arithmetic.mul, "Pow": arithmetic.pow, "Prelu": activation.prelu,
    "SquaredDifference": arithmetic.squared_difference, "Sub": arithmetic.sub,
    "BitwiseAnd": arithmetic.bitwise_and,
})  # fmt: skip
rows({
    "Equal": comparison.equal, "Greater": comparison.greater, "GreaterEqual": comparison.greater_equal,
    "IsFinite": comparison.is_finite, "IsInf": comparison.is_inf, "IsNan": comparison.is_nan,
    "Less": comparison.less, "LessEqual": comparison.less_equal, "LogicalAnd": logical.logical_and,
    "LogicalNot": logical.logical_not, "LogicalOr": logical.logical_or, "NotEqual": comparison.not_equal,
    "Complex": complex.complex, "Imag": complex.imag, "Real": complex.real, "SelectV2": logical.where,
})  # fmt: skip


@tf_op("AddN", "AccumulateNV2")
def add_n(*tensors: Tensor) -> Tensor:
    """The sum of all."""
    return arithmetic.add_n(tensors) if len(tensors) > 1 else tensors[0]


@tf_op("BiasAdd", "BiasAddV1")
def bias_add(value: Tensor, bias: Tensor, *, data_format: str = "NHWC") -> Tensor:
    """A number for each channel, which comes second in NCHW."""
    if data_format.startswith("NC") and value.rank > 2:
        bias = bias.reshape((bias.size, *(1,) * (value.rank - 2)))
    return value + bias


def _whole(function: Any, x: Tensor, y: Tensor) -> Tensor:
    """Whole numbers divided where they lie, with 0 for what divides by 0, as ours give it."""
    divisor = y.numpy()
    return whole(np.where(divisor == 0, 0, function(x.numpy(), np.where(divisor == 0, 1, divisor))))


@tf_op("FloorDiv")
def floor_div(x: Tensor, y: Tensor) -> Tensor:
    """The quotient, rounded down, in the dtype of x."""
    if on_host(x, y):
        return _whole(np.floor_divide, x, y)
    return arithmetic.floor_div(x, y) if x.dtype == "int32" else (x / y).floor()


@tf_op("FloorMod")
def floor_mod(x: Tensor, y: Tensor) -> Tensor:
    """What floor_div leaves, of the divisor's sign."""
    return _whole(np.mod, x, y) if on_host(x, y) else arithmetic.mod(x, y)


@tf_op("RealDiv")
def real_div(x: Tensor, y: Tensor) -> Tensor:
    """The quotient."""
    return arithmetic.div(x, y)


@tf_op("TruncateDiv")
def truncate_div(x: Tensor, y: Tensor) -> Tensor:
    """The quotient of whole numbers, cut towards zero."""
    quotient = arithmetic.floor_div(x.abs(), y.abs())
    return quotient * x.sign() * y.sign()


@tf_op("Mod", "TruncateMod")
def truncate_mod(x: Tensor, y: Tensor) -> Tensor:
    """What the quotient, cut towards zero, leaves: it has the sign of x."""
    # differs from TF.js: it takes the sign of the divisor
    return arithmetic.mod(x.abs(), y.abs()) * x.sign()


@tf_op("Xdivy")
def xdivy(x: Tensor, y: Tensor) -> Tensor:
    """x / y, and 0 where x is 0."""
    return logical.where(x.equal(0), x.zeros_like(), x / y)


@tf_op("Xlogy")
def xlogy(x: Tensor, y: Tensor) -> Tensor:
    """x log(y), and 0 where x is 0."""
    return logical.where(x.equal(0), x.zeros_like(), x * y.log())


@tf_op("Xlog1py")
def xlog1py(x: Tensor, y: Tensor) -> Tensor:
    """x log(1 + y), and 0 where x is 0."""
    return logical.where(x.equal(0), x.zeros_like(), x * y.log1p())


@tf_op("MulNoNan")
def mul_no_nan(x: Tensor, y: Tensor) -> Tensor:
    """The product, and 0 where y is 0, whatever x is."""
    return logical.where(y.equal(0), y.zeros_like(), x * y)


@tf_op("ClipByValue")
def clip_by_value(t: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """t within bounds, which may be tensors of its shape."""
    if low.size == high.size == 1:
        return t.clip_by_value(low.item(), high.item())
    return arithmetic.minimum(arithmetic.maximum(t, low), high)


@tf_op("ComplexAbs")
def complex_abs(x: Tensor) -> Tensor:
    """The length of complex numbers."""
    return x.abs()


@tf_op("Erfc")
def erfc(x: Tensor) -> Tensor:
    """1 - erf(x)."""
    return 1 - x.erf()


@tf_op("Softsign")
def softsign(features: Tensor) -> Tensor:
    """x / (1 + |x|)."""
    return features / (features.abs() + 1)


@tf_op("LeakyRelu")
def leaky_relu(features: Tensor, *, alpha: float = 0.2) -> Tensor:
    """A slope of `alpha` below 0."""
    return features.leaky_relu(alpha)


@tf_op("Cast")
def cast(x: Tensor, *, DstT: str) -> Tensor:
    """x in another dtype; wide numbers are held in ours."""
    return x if x.dtype == DstT else x.cast(DstT)  # type: ignore[arg-type]


@tf_op("Select")
def select(condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """x where the condition holds, else y; a vector chooses whole rows."""
    if condition.rank == 1 and x.rank > 1:
        condition = condition.reshape((condition.size, *(1,) * (x.rank - 1)))
    return logical.where(condition, x, y)


@tf_op("FakeQuantWithMinMaxVars")
def fake_quant(
    inputs: Tensor, low: float, high: float, *, num_bits: int = 8, narrow_range: bool = False
) -> Tensor:
    """inputs, rounded to the steps of a quantisation whose range is nudged so that 0 is a step."""
    first, last = float(narrow_range), float(2**num_bits - 1)
    scale = (high - low) / (last - first)
    zero = min(max(round(first - low / scale) if scale else first, first), last)
    bottom, top = (first - zero) * scale, (last - zero) * scale
    steps = ((inputs.clip_by_value(bottom, top) - bottom) / scale + 0.5).floor()
    return steps * scale + bottom
