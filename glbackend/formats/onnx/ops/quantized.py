"""Quantised operators: small integers, carried as int32, with scales and zero points."""

import math
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Unpack

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import NodeInfo, onnx_op
from glbackend.formats.onnx.elements import RANGES
from glbackend.formats.onnx.layout import in_order
from glbackend.formats.onnx.ops.convolution import ConvOptions, conv, per_channel, taps_last
from glbackend.formats.onnx.ops.matrix import product
from glbackend.ops import arithmetic
from glbackend.ops.concat import stack

DIGIT = 16  # weights are split into digits of this base, so that their float32 products stay exact
EXACT_TERMS = 2048  # of a sum of such products: 2048 * 510 * 16 < 2 ** 24


def spread(v: Tensor, x: Tensor, axis: int, block: int) -> Tensor:
    """A scale or zero point in a shape that broadcasts to x: one number, one a slice, or one a block."""
    if v.size == 1:
        return v.reshape((1,) * x.rank)
    at = axis % x.rank
    if not block:
        return v.reshape([-1 if i == at else 1 for i in range(x.rank)])
    whole = stack([v] * block, at + 1)
    return whole.reshape((*v.shape[:at], v.shape[at] * block, *v.shape[at + 1 :])).slice(
        [0] * x.rank, x.shape
    )


def saturated(x: Tensor, zero: Tensor | None, element: str) -> Tensor:
    """x rounded to even, with the zero point, within what an integer type holds."""
    low, high = RANGES[element]
    y = x.round()
    if zero is not None:
        y = y + zero.cast("float32")
    return y.clip_by_value(float(low), float(high)).cast("int32")


@onnx_op("QuantizeLinear", since=10)
def quantize_linear(
    x: Tensor,
    scale: Tensor,
    zero: Tensor | None = None,
    *,
    axis: int = 1,
    block_size: int = 0,
    output_dtype: int = 0,
    precision: int = 0,
    saturate: int = 1,
    node: NodeInfo,
) -> Tensor:
    """Floats as small integers."""
    element = node.gives[0]
    if element not in RANGES:
        raise ValueError(f"quantised numbers of {element} are not carried here")
    y = x.cast("float32") / spread(scale, x, axis, block_size)
    return saturated(y, None if zero is None else spread(zero, x, axis, block_size), element)


@onnx_op("DequantizeLinear", since=10)
def dequantize_linear(
    x: Tensor,
    scale: Tensor,
    zero: Tensor | None = None,
    *,
    axis: int = 1,
    block_size: int = 0,
    output_dtype: int = 0,
) -> Tensor:
    """Small integers as the floats that they stand for."""
    shifted = x if zero is None else x - spread(zero, x, axis, block_size)
    return shifted.cast("float32") * spread(scale, x, axis, block_size)


@onnx_op("DynamicQuantizeLinear", since=11)
def dynamic_quantize_linear(x: Tensor) -> Any:
    """Floats as uint8, by their own range: they, the scale, and the zero point."""
    low = arithmetic.minimum(x.min(), 0.0)
    high = arithmetic.maximum(x.max(), 0.0)
    scale = (high - low) / 255.0
    zero = (low.neg() / scale).round().clip_by_value(0.0, 255.0).cast("int32")
    return saturated(x / scale, zero, "uint8"), scale, zero


def _exact(multiply: Callable[[Tensor, Tensor], Tensor], factors: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
    """The sum of products of small integers, in int32: by exact float32 ones with the digits of b."""
    total: Tensor | None = None
    for a, b in factors:
        left = a.cast("float32")
        high = arithmetic.floor_div(b, DIGIT)
        low = b - high * DIGIT
        part = multiply(left, high.cast("float32")).cast("int32") * DIGIT
        part = part + multiply(left, low.cast("float32")).cast("int32")
        total = part if total is None else total + part
    if total is None:
        raise ValueError("a product needs a term at least")
    return total


def _part(x: Tensor, axis: int, start: int, count: int) -> Tensor:
    """At most `count` slices of x along an axis."""
    axis %= x.rank
    count = min(count, x.shape[axis] - start)
    begin = [start if i == axis else 0 for i in range(x.rank)]
    return x.slice(begin, [count if i == axis else n for i, n in enumerate(x.shape)])


def exact_product(a: Tensor, b: Tensor) -> Tensor:
    """The product of matrices of small integers (at most 510 in size), exact in int32."""
    depth, count = a.shape[-1], EXACT_TERMS
    rows = max(b.rank - 2, 0)
    parts = [(_part(a, -1, i, count), _part(b, rows, i, count)) for i in range(0, depth, count)]
    return _exact(product, parts)


def _rows(zero: Tensor, a: Tensor) -> Tensor:
    """A zero point of a left factor: one number, or one for each of its rows."""
    return zero.expand_dims(-1) if zero.rank == 1 and zero.size > 1 and a.rank > 1 else zero


@onnx_op("MatMulInteger", since=10)
def matmul_integer(
    a: Tensor, b: Tensor, a_zero: Tensor | None = None, b_zero: Tensor | None = None
) -> Tensor:
    """The product of matrices of small integers, in int32."""
    left = a if a_zero is None else a - _rows(a_zero, a)
    return exact_product(left, b if b_zero is None else b - b_zero)


@onnx_op("QLinearMatMul", since=10)
def qlinear_matmul(
    a: Tensor,
    a_scale: Tensor,
    a_zero: Tensor,
    b: Tensor,
    b_scale: Tensor,
    b_zero: Tensor,
    y_scale: Tensor,
    y_zero: Tensor,
    *,
    node: NodeInfo,
) -> Tensor:
    """The product of matrices of small integers, as small integers."""
    sums = matmul_integer(a, b, a_zero, b_zero).cast("float32")
    scale = _rows(a_scale, a) * b_scale / y_scale
    return saturated(sums * scale, y_zero, node.gives[0])


def _exact_conv(x: Tensor, w: Tensor, options: ConvOptions) -> Tensor:
    """A convolution of small integers, in int32; `w` as our ops take it."""
    channels, count = w.shape[-2], max(EXACT_TERMS // max(math.prod(w.shape[:-2]), 1), 1)
    parts = [(x, w)]
    if channels > count and options.get("group", 1) == 1:
        parts = [(_part(x, 1, i, count), _part(w, -2, i, count)) for i in range(0, channels, count)]
    return _exact(lambda a, b: in_order(conv(a, b, **options)), parts)


@onnx_op("ConvInteger", since=10)
def conv_integer(
    x: Tensor,
    w: Annotated[Tensor, taps_last],
    x_zero: Tensor | None = None,
    w_zero: Tensor | None = None,
    **options: Unpack[ConvOptions],
) -> Tensor:
    """A convolution of small integers, in int32; padding counts as the zero point."""
    seen = x if x_zero is None else x - x_zero
    taps = w if w_zero is None else w - w_zero
    return _exact_conv(seen, taps, options)


@onnx_op("QLinearConv", since=10)
def qlinear_conv(
    x: Tensor,
    x_scale: Tensor,
    x_zero: Tensor,
    w: Annotated[Tensor, taps_last],
    w_scale: Tensor,
    w_zero: Tensor,
    y_scale: Tensor,
    y_zero: Tensor,
    b: Tensor | None = None,
    *,
    node: NodeInfo,
    **options: Unpack[ConvOptions],
) -> Tensor:
    """A convolution of small integers, as small integers; w may have a scale for each of its channels."""
    sums = conv_integer(x, w, x_zero, w_zero, **options)
    if b is not None:
        sums = sums + per_channel(b, x.rank)
    scale = x_scale * (w_scale if w_scale.size == 1 else per_channel(w_scale, x.rank)) / y_scale
    return saturated(sums.cast("float32") * scale, y_zero, node.gives[0])
