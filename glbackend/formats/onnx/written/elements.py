"""How kernels that compute element by element, and reductions, are written."""

import math
import re
from collections.abc import Callable
from functools import reduce

import numpy as np

from glbackend.base.dtypes import DType, upcast
from glbackend.engine.node import Node, handles_of
from glbackend.formats.onnx.writer import Writer, matched, writes
from glbackend.formats.writing import Names, kind

# our kernel -> ONNX's operator of the same inputs, in the same order
SAME = re.findall(
    r"\w+",
    """
    Abs Acos Acosh Add Asin Asinh Atan Atanh BitwiseAnd Ceil Cos Cosh Elu Equal Erf Exp Floor Greater Identity
    Less Log Neg Pow Reciprocal Relu Round Selu Sigmoid Sign Sin Sinh Softplus Sqrt Sub Tan Tanh
""",
)
ALIKE = {name: name for name in SAME
} | {
    "Multiply": "Mul", "Maximum": "Max", "Minimum": "Min", "GreaterEqual": "GreaterOrEqual",
    "LessEqual": "LessOrEqual", "LogicalAnd": "And", "LogicalOr": "Or", "LogicalNot": "Not", "IsNan": "IsNaN",
    "IsInf": "IsInf", "Prelu": "PRelu",
}  # fmt: skip
ORDERED = ("Greater", "GreaterEqual", "Less", "LessEqual")
Unary = Callable[[Writer, str], str]


@writes(*ALIKE)
def alike(writer: Writer, node: Node) -> Names:
    """One node, whose inputs have the dtype of the result, or of the widest where that is a bool."""
    given, out = [x.dtype for x in handles_of(node.inputs)], node.checked.outs[0].dtype
    dtype = reduce(upcast, given) if out == "bool" else out
    if node.kernel in ("Floor", "Ceil", "Round") and dtype == "int32":
        return matched(writer, node, dtype)
    if dtype == "bool" and node.kernel in ORDERED:
        dtype = "int32"  # there is no order of bools in ONNX
    if node.kernel in ("IsNan", "IsInf"):
        dtype = "float32"
    return [writer.add(ALIKE[node.kernel], matched(writer, node, dtype))]


@writes("NotEqual")
def not_equal(writer: Writer, node: Node) -> Names:
    """The opposite of Equal."""
    dtype = reduce(upcast, [x.dtype for x in handles_of(node.inputs)])
    return [writer.add("Not", [writer.add("Equal", matched(writer, node, dtype))])]


@writes("RealDiv")
def real_div(writer: Writer, node: Node) -> Names:
    """The quotient; ours is float32 whatever it is given."""
    return [writer.add("Div", matched(writer, node, "float32"))]


@writes("FloorDiv")
def floor_div(writer: Writer, node: Node) -> Names:
    """The quotient, rounded down, as int32; whole numbers go by double, which holds them all."""
    if kind(node) == "float32":
        operands, zero = matched(writer, node, "float32"), writer.const(np.float32(0))
    else:
        operands = [writer.add("Cast", [name], to="DOUBLE") for name in writer.inputs(node)]
        zero = writer.add("Cast", [writer.const(np.float32(0))], to="DOUBLE")
    whole = writer.add("Floor", [writer.add("Div", operands)])
    by_zero = writer.add("Equal", [operands[1], zero])
    return [writer.add("Cast", [writer.add("Where", [by_zero, zero, whole])], to="INT32")]


@writes("Mod")
def mod(writer: Writer, node: Node) -> Names:
    """The remainder, which has the divisor's sign; of floats by what ONNX's has of the dividend's."""
    dtype = node.checked.outs[0].dtype
    a, b = matched(writer, node, dtype)
    if dtype == "int32":  # by 0 it is 0, which ONNX Runtime would not divide by
        by_zero = writer.add("Equal", [b, writer.const(np.int32(0))])
        safe = writer.add("Where", [by_zero, writer.const(np.int32(1)), b])
        return [writer.add("Mod", [a, safe], fmod=0)]
    rest = writer.add("Mod", [a, b], fmod=1)
    zero = writer.const(np.float32(0))
    other = writer.add("Less", [writer.add("Mul", [rest, b]), zero])
    return [writer.add("Where", [other, writer.add("Add", [rest, b]), rest])]


@writes("SquaredDifference")
def squared_difference(writer: Writer, node: Node) -> Names:
    """The difference times itself."""
    difference = writer.add("Sub", matched(writer, node, node.checked.outs[0].dtype))
    return [writer.add("Mul", [difference, difference])]


@writes("Square")
def square(writer: Writer, node: Node) -> Names:
    """Times itself."""
    (x,) = matched(writer, node, node.checked.outs[0].dtype)
    return [writer.add("Mul", [x, x])]


@writes("Rsqrt")
def rsqrt(writer: Writer, node: Node) -> Names:
    """The reciprocal of the root."""
    return [writer.add("Reciprocal", [writer.add("Sqrt", matched(writer, node, "float32"))])]


@writes("Expm1")
def expm1(writer: Writer, node: Node) -> Names:
    """exp(x) - 1 = tanh(x / 2) (exp(x) + 1), which is exact near 0."""
    (x,) = matched(writer, node, "float32")
    half = writer.add("Tanh", [writer.add("Mul", [x, writer.const(np.float32(0.5))])])
    return [
        writer.add("Mul", [half, writer.add("Add", [writer.add("Exp", [x]), writer.const(np.float32(1))])])
    ]


@writes("Log1p")
def log1p(writer: Writer, node: Node) -> Names:
    """log(1 + x), near 0 as 2 artanh(x / (2 + x)), which is exact there."""
    (x,) = matched(writer, node, "float32")
    one, two = writer.const(np.float32(1)), writer.const(np.float32(2))
    part = writer.add("Div", [x, writer.add("Add", [x, two])])
    near = writer.add("Mul", [writer.add("Atanh", [part]), two])
    far = writer.add("Log", [writer.add("Add", [x, one])])
    small = writer.add("Less", [writer.add("Abs", [x]), writer.const(np.float32(0.5))])
    return [writer.add("Where", [small, near, far])]


@writes("Atan2")
def atan2(writer: Writer, node: Node) -> Names:
    """The angle of (x, y): that of y / x, half a turn further where x is negative."""
    y, x = matched(writer, node, "float32")
    zero, half = writer.const(np.float32(0)), writer.const(np.float32(math.pi))
    right = writer.add("Atan", [writer.add("Div", [y, x])])
    sign = writer.add(
        "Where", [writer.add("Less", [y, zero]), writer.const(np.float32(-1)), writer.const(np.float32(1))]
    )
    turned = writer.add("Add", [right, writer.add("Mul", [sign, half])])
    upright = writer.add("Mul", [writer.add("Sign", [y]), writer.const(np.float32(math.pi / 2))])
    beside = writer.add("Where", [writer.add("Less", [x, zero]), turned, right])
    return [writer.add("Where", [writer.add("Equal", [x, zero]), upright, beside])]


@writes("IsFinite")
def is_finite(writer: Writer, node: Node) -> Names:
    """Neither infinite nor NaN."""
    (x,) = matched(writer, node, "float32")
    return [writer.add("Not", [writer.add("Or", [writer.add("IsInf", [x]), writer.add("IsNaN", [x])])])]


@writes("Relu6")
def relu6(writer: Writer, node: Node) -> Names:
    """Between 0 and 6."""
    dtype = node.checked.outs[0].dtype
    return [clipped(writer, matched(writer, node, dtype)[0], 0, 6, dtype)]


@writes("ClipByValue")
def clip_by_value(writer: Writer, node: Node) -> Names:
    """Between its bounds."""
    low, high = (node.checked.attrs[f"clip_value_{end}"] for end in ("min", "max"))
    dtype = node.checked.outs[0].dtype
    return [clipped(writer, matched(writer, node, dtype)[0], low, high, dtype)]


def clipped(writer: Writer, x: str, low: float, high: float, dtype: DType = "float32") -> str:
    """A value between bounds."""
    number = np.int32 if dtype == "int32" else np.float32
    return str(writer.add("Clip", [x, writer.const(number(low)), writer.const(number(high))]))


@writes("LeakyRelu")
def leaky_relu(writer: Writer, node: Node) -> Names:
    """With its slope."""
    return [
        writer.add("LeakyRelu", matched(writer, node, "float32"), alpha=float(node.checked.attrs["alpha"]))
    ]


@writes("Select")
def select(writer: Writer, node: Node) -> Names:
    """One or the other."""
    condition, *rest = handles_of(node.inputs)
    dtype = node.checked.outs[0].dtype
    chosen = writer.cast(writer.of(condition), condition.dtype, "bool")
    shape = tuple(node.checked.attrs["condition_shape"])
    if shape != condition.shape:
        chosen = writer.reshaped(chosen, shape)
    return [writer.add("Where", [chosen, *(writer.cast(writer.of(x), x.dtype, dtype) for x in rest)])]


@writes("AddN")
def add_n(writer: Writer, node: Node) -> Names:
    """One after the other."""
    names = matched(writer, node, node.checked.outs[0].dtype)
    return [reduce(lambda a, b: writer.add("Add", [a, b]), names)]


@writes("ZerosLike", "OnesLike")
def filled_like(writer: Writer, node: Node) -> Names:
    """A number in a shape that is found out when it runs."""
    dtype = node.checked.outs[0].dtype
    value = writer.cast(writer.const(np.float32(node.kernel == "OnesLike")), "float32", dtype)
    return [writer.add("Expand", [value, writer.add("Shape", writer.inputs(node))])]


@writes("Cast")
def cast(writer: Writer, node: Node) -> Names:
    """To another dtype."""
    return [writer.cast(writer.inputs(node)[0], kind(node), node.checked.outs[0].dtype)]


REDUCTIONS = {
    "Sum": "ReduceSum", "Mean": "ReduceMean", "Max": "ReduceMax", "Min": "ReduceMin", "Prod": "ReduceProd",
    "All": "ReduceMin", "Any": "ReduceMax",
}  # fmt: skip


@writes(*REDUCTIONS)
def reduction(writer: Writer, node: Node) -> Names:
    """Over axes that are known; bools as whole numbers."""
    out, axes = node.checked.outs[0], node.checked.attrs["axes"]
    given = handles_of(node.inputs)[0]
    dtype: DType = "int32" if out.dtype == "bool" else out.dtype
    x = writer.cast(writer.of(given), given.dtype, dtype)
    if axes:
        keep = int(out.rank == len(given.shape))
        x = writer.add(REDUCTIONS[node.kernel], [x, writer.indices(axes, "axes")], keepdims=keep)
    return [writer.cast(x, dtype, out.dtype)]


@writes("ArgMax", "ArgMin")
def arg_extreme(writer: Writer, node: Node) -> Names:
    """Along an axis."""
    given = handles_of(node.inputs)[0]
    dtype: DType = "int32" if given.dtype == "bool" else given.dtype
    x = writer.cast(writer.of(given), given.dtype, dtype)
    if not given.shape:
        x = writer.reshaped(x, (1,))
    found = writer.add(node.kernel, [x], axis=int(node.checked.attrs["axis"]), keepdims=0)
    return [writer.add("Cast", [found], to="INT32")]


@writes("Cumsum")
def cumsum(writer: Writer, node: Node) -> Names:
    """Along an axis."""
    attrs, dtype = node.checked.attrs, node.checked.outs[0].dtype
    axis = writer.indices(attrs["axis"], "axis")
    flags = {key: int(bool(attrs[key])) for key in ("exclusive", "reverse")}
    return [writer.add("CumSum", [*matched(writer, node, dtype), axis], **flags)]


@writes("Softmax", "LogSoftmax")
def softmax(writer: Writer, node: Node) -> Names:
    """Along the last axis."""
    return [writer.add(node.kernel, matched(writer, node, "float32"), axis=-1)]


ACTIVATIONS: dict[str, Unary] = {  # by TensorFlow's names
    "Relu6": lambda writer, x: clipped(writer, x, 0, 6),
}


def activated(writer: Writer, x: str, activation: str | None, alpha: float, slopes: str | None) -> str:
    """What rides along on a fused kernel, as nodes of its own."""
    if not activation or activation == "Identity":
        return x
    if activation == "Prelu" and slopes is not None:
        return str(writer.add("PRelu", [x, slopes]))
    if activation == "LeakyRelu":
        return str(writer.add("LeakyRelu", [x], alpha=alpha))
    if activation in ACTIVATIONS:
        return ACTIVATIONS[activation](writer, x)
    return str(writer.add(activation, [x]))
