"""Operators that work element by element."""

import functools
from collections.abc import Sequence

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import NodeInfo, onnx_op, rows
from glbackend.formats.onnx.elements import BITS, NARROW, dtype_of, wrapped
from glbackend.formats.onnx.host import host_values, on_host, whole
from glbackend.ops import activation, arithmetic, comparison, elementary, logical
from glbackend.ops.create import ones_like, zeros_like

rows(
    {
        "Abs": elementary.abs, "Acos": elementary.acos, "Acosh": elementary.acosh, "Asin": elementary.asin,
        "Asinh": elementary.asinh, "Atan": elementary.atan, "Atanh": elementary.atanh,
        "Ceil": elementary.ceil, "Cos": elementary.cos, "Cosh": elementary.cosh, "Erf": elementary.erf,
        "Exp": elementary.exp,
        "Floor": elementary.floor, "IsNaN": comparison.is_nan, "Log": elementary.log, "Neg": elementary.neg,
        "Not": logical.logical_not, "Reciprocal": elementary.reciprocal, "Relu": activation.relu,
        "Round": elementary.round, "Sigmoid": activation.sigmoid, "Sign": elementary.sign,
        "Sin": elementary.sin, "Sinh": elementary.sinh, "Softplus": activation.softplus,
        "Sqrt": elementary.sqrt, "Tan": elementary.tan, "Tanh": elementary.tanh,
    },
    wraps=True,
)  # fmt: skip
rows({"Add": arithmetic.add, "Mul": arithmetic.mul, "Sub": arithmetic.sub}, wraps=True)
rows({
    "And": logical.logical_and, "Greater": comparison.greater, "GreaterOrEqual": comparison.greater_equal,
    "Less": comparison.less, "LessOrEqual": comparison.less_equal, "Or": logical.logical_or,
    "Xor": logical.logical_xor,
})  # fmt: skip


@onnx_op("Identity", layout="pointwise")
def identity(x: Tensor) -> Tensor:
    """The same."""
    return x


@onnx_op("Equal")
def equal(a: Tensor, b: Tensor) -> Tensor:
    """Whether elements are equal; of strings too."""
    if a.dtype == "string":
        return whole(a.numpy() == b.numpy(), "bool")
    return comparison.equal(a, b)


@onnx_op("Div", wraps=True, layout="pointwise")
def div(a: Tensor, b: Tensor) -> Tensor:
    """The quotient, of integers cut towards zero."""
    if a.dtype != "int32" or b.dtype != "int32":
        return arithmetic.div(a, b)
    if on_host(a, b):
        left, right = host_values(a), host_values(b)
        with np.errstate(divide="ignore"):
            return whole(np.sign(left) * np.sign(right) * (np.abs(left) // np.maximum(np.abs(right), 1)))
    return arithmetic.floor_div(a.abs(), b.abs()) * (a.sign() * b.sign())


@onnx_op("Mod")
def mod(a: Tensor, b: Tensor, *, fmod: int = 0) -> Tensor:
    """The remainder: with the divisor's sign, or with `fmod` with the dividend's, as in C."""
    if not fmod and on_host(a, b) and host_values(b).all():
        return whole(np.mod(host_values(a), host_values(b)))
    if not fmod:
        return arithmetic.mod(a, b)
    left, right = a.abs(), b.abs()
    rest = arithmetic.mod(left, right)
    return logical.where(comparison.less(a, 0), rest.neg(), rest)


@onnx_op("Pow")
def pow(base: Tensor, exponent: Tensor) -> Tensor:
    """A power, of the dtype of its base."""
    return arithmetic.pow(base, exponent).cast(base.dtype)


@onnx_op("Max", wraps=True)
def maximum(*values: Tensor) -> Tensor:
    """The largest of several."""
    return functools.reduce(arithmetic.maximum, values)


@onnx_op("Min", wraps=True)
def minimum(*values: Tensor) -> Tensor:
    """The smallest of several."""
    return functools.reduce(arithmetic.minimum, values)


@onnx_op("Sum", layout="pointwise")
def total(*values: Tensor) -> Tensor:
    """The sum of several."""
    return functools.reduce(arithmetic.add, values)


@onnx_op("Mean")
def mean(*values: Tensor) -> Tensor:
    """The mean of several."""
    return functools.reduce(arithmetic.add, values) / len(values)


@onnx_op("Where")
def where(condition: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Of `a` where the condition holds, else of `b`; all three broadcast."""
    rank = max(a.rank, b.rank)
    if condition.rank == 1 and rank > 1:  # there a condition of ours would choose rows
        condition = condition.reshape((*(1,) * (rank - 1), condition.size))
    if a.dtype == "string":
        return whole(np.where(condition.numpy(), a.numpy(), b.numpy()), "string")
    return logical.where(condition, a, b)


@onnx_op("BitwiseAnd")
def bitwise_and(a: Tensor, b: Tensor) -> Tensor:
    """Bits that both have."""
    shape = np.broadcast_shapes(a.shape, b.shape)
    return arithmetic.bitwise_and(a.broadcast_to(shape), b.broadcast_to(shape))


@onnx_op("BitwiseNot", wraps=True)
def bitwise_not(x: Tensor) -> Tensor:
    """All bits the other way."""
    return -1 - x


@onnx_op("BitwiseOr")
def bitwise_or(a: Tensor, b: Tensor) -> Tensor:
    """Bits that one of both has."""
    return a + b - bitwise_and(a, b)


@onnx_op("BitwiseXor")
def bitwise_xor(a: Tensor, b: Tensor) -> Tensor:
    """Bits that just one of both has."""
    return a + b - bitwise_and(a, b) * 2


@onnx_op("BitShift", since=11, wraps=True)
def bit_shift(x: Tensor, by: Tensor, *, direction: str, node: NodeInfo) -> Tensor:
    """Shifted left, where what leaves the type is lost, or right, where the sign stays.

    Beyond the type's width nothing but the sign is left.
    """
    width = BITS.get(node.takes[0], 32)
    steps = arithmetic.minimum(by, min(width, 31))
    if direction == "LEFT":
        moved = x * arithmetic.pow(ones_like(steps) * 2, arithmetic.minimum(steps, 30))
        moved = logical.where(comparison.equal(steps, 31), x * (-(1 << 31)), moved) if width >= 32 else moved
        return logical.where(comparison.less(by, width), moved, zeros_like(moved))
    power = arithmetic.pow(ones_like(steps) * 2, arithmetic.minimum(steps, 30))
    moved = arithmetic.floor_div(x, power)
    return logical.where(comparison.equal(steps, 31), comparison.less(x, 0).cast("int32").neg(), moved)


@onnx_op("IsInf")
def is_inf(x: Tensor, *, detect_negative: int = 1, detect_positive: int = 1) -> Tensor:
    """Whether an element is infinite, of a sign that counts."""
    found = comparison.is_inf(x)
    if not detect_negative:
        found = found.logical_and(comparison.greater(x, 0))
    return found if detect_positive else found.logical_and(comparison.less(x, 0))


# -- activations -------------------------------------------------------------------------------------------


@onnx_op("LeakyRelu", layout="pointwise")
def leaky_relu(x: Tensor, *, alpha: float = 0.01) -> Tensor:
    """x, times `alpha` where it is negative."""
    return activation.leaky_relu(x, alpha)


@onnx_op("PRelu", since=7, layout="pointwise")
def prelu(x: Tensor, slope: Tensor) -> Tensor:
    """x, times a slope where it is negative."""
    return logical.where(comparison.less(x, 0), x * slope, x)


@onnx_op("Elu", layout="pointwise")
def elu(x: Tensor, *, alpha: float = 1.0) -> Tensor:
    """x, alpha * (e^x - 1) where it is negative."""
    y = activation.elu(x)
    return y if alpha == 1 else logical.where(comparison.less(x, 0), y * alpha, y)


@onnx_op("Celu", layout="pointwise")
def celu(x: Tensor, *, alpha: float = 1.0) -> Tensor:
    """x, alpha * (e^(x / alpha) - 1) where it is negative."""
    return logical.where(comparison.less(x, 0), activation.elu(x / alpha) * alpha, x)


@onnx_op("Selu", layout="pointwise")
def selu(x: Tensor, *, alpha: float = 1.6732631921768188, gamma: float = 1.0507010221481323) -> Tensor:
    """gamma times the elu of `alpha`."""
    return elu(x, alpha=alpha) * gamma


@onnx_op("HardSigmoid", layout="pointwise")
def hard_sigmoid(x: Tensor, *, alpha: float = 0.2, beta: float = 0.5) -> Tensor:
    """alpha * x + beta, within 0 and 1."""
    return (x * alpha + beta).clip_by_value(0.0, 1.0)


@onnx_op("HardSwish", layout="pointwise")
def hard_swish(x: Tensor) -> Tensor:
    """x times its hard sigmoid."""
    return x * hard_sigmoid(x, alpha=1 / 6)


@onnx_op("Swish", layout="pointwise")
def swish(x: Tensor, *, alpha: float = 1.0) -> Tensor:
    """x * sigmoid(alpha * x)."""
    return x * activation.sigmoid(x if alpha == 1 else x * alpha)


@onnx_op("Mish", layout="pointwise")
def mish(x: Tensor) -> Tensor:
    """x * tanh(softplus(x))."""
    return x * activation.softplus(x).tanh()


@onnx_op("Gelu", layout="pointwise")
def gelu(x: Tensor, *, approximate: str = "none") -> Tensor:
    """x times the share of a normal distribution below it; by a tanh where `approximate` says so."""
    if approximate == "tanh":
        return x * 0.5 * ((x + x * x * x * 0.044715) * float(np.sqrt(2 / np.pi))).tanh().add(1.0)
    return x * 0.5 * (x * float(np.sqrt(0.5))).erf().add(1.0)


@onnx_op("Softsign", layout="pointwise")
def softsign(x: Tensor) -> Tensor:
    """x / (1 + |x|)."""
    return x / (x.abs() + 1.0)


@onnx_op("Shrink")
def shrink(x: Tensor, *, bias: float = 0.0, lambd: float = 0.5) -> Tensor:
    """x moved towards 0 by `bias`, and 0 within `lambd` of it."""
    moved = logical.where(comparison.less(x, -lambd), x + bias, zeros_like(x))
    return logical.where(comparison.greater(x, lambd), x - bias, moved)


@onnx_op("ThresholdedRelu")
def thresholded_relu(x: Tensor, *, alpha: float = 1.0) -> Tensor:
    """x where it is above `alpha`, else 0."""
    return logical.where(comparison.greater(x, alpha), x, zeros_like(x))


@onnx_op("Clip", layout="pointwise")
def clip_by_attributes(
    x: Tensor, *, min: float = float("-inf"), max: float = float("inf"), consumed_inputs: Sequence[int] = ()
) -> Tensor:
    """x within two numbers."""
    return arithmetic.minimum(arithmetic.maximum(x, min), max)


@onnx_op("Clip", since=11, wraps=True, layout="pointwise")
def clip(x: Tensor, low: Tensor | None = None, high: Tensor | None = None) -> Tensor:
    """x within two numbers, each of which may be left out; where they cross, the upper one."""
    if low is not None:
        x = arithmetic.maximum(x, low)
    return x if high is None else arithmetic.minimum(x, high)


@onnx_op("Cast", since=6)
def cast(x: Tensor, *, to: int, saturate: int = 1, round_mode: str = "up", node: NodeInfo) -> Tensor:
    """x in another element type."""
    return as_element(x, node.gives[0])


@onnx_op("CastLike")
def cast_like(
    x: Tensor, like: Tensor, *, saturate: int = 1, round_mode: str = "up", node: NodeInfo
) -> Tensor:
    """x in the element type of another."""
    return as_element(x, node.gives[0])


def as_element(x: Tensor, element: str) -> Tensor:
    """x in an element type; integers wrap as those types do."""
    dtype = dtype_of(element)
    if dtype is None:
        raise ValueError(f"there is no dtype here that holds {element or 'an unknown type'}")
    if (x.dtype == "string") != (dtype == "string"):
        return _of_text(x, element) if x.dtype == "string" else _as_text(x)
    if on_host(x) and element not in NARROW:
        return whole(host_values(x), dtype)
    return wrapped(x.cast(dtype), element)


def _of_text(x: Tensor, element: str) -> Tensor:
    numbers = np.array([float(one) for one in x.numpy().ravel()]).reshape(x.shape)
    return whole(numbers, dtype_of(element) or "float32")


def _as_text(x: Tensor) -> Tensor:
    values = x.numpy()
    texts = [f"{one:.9g}" if values.dtype.kind == "f" else str(one) for one in values.ravel()]
    return whole(np.array(texts, object).reshape(x.shape), "string")
