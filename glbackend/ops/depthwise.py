"""Depthwise and separable convolutions, plain and fused, and their gradients to any order."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.base.window import Window
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.conv2d import conv2d
from glbackend.ops.matmul import check_linear, fused_inputs, run_fused
from glbackend.ops.op import op, run
from glbackend.ops.window import as_batch, as_given, channels_first, channels_last, frozen

TO_LAST, TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)
Pad = str | int | Sequence[Sequence[int]]


@op()
def depthwise_conv2d(
    x: TensorLike,
    filter: TensorLike,
    strides: int | Sequence[int],
    pad: Pad,
    data_format: str = "NHWC",
    dilations: int | Sequence[int] = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """Convolves each channel of x with filters of its own; channel c gives channels c * multiplier and on.

    x is [batch, height, width, channels] or one image without the batch (with data_format "NCHW" channels come before
    height), `filter` [height, width, channels, multiplier], both float32. `pad` is "same", "valid", a number, or a pair
    per dim. Raises ShapeError where channels differ, ArgumentError where strides and dilations are both above 1.
    As `tf.depthwiseConv2d`.

    >>> depthwise_conv2d([[[1., 2.], [3., 4.]]], [[[[1., 10.], [2., 3.]]]], 1, "valid").numpy().tolist()
    [[[1.0, 10.0, 4.0, 6.0], [3.0, 30.0, 8.0, 12.0]]]
    """
    name = "depthwise_conv2d"
    given = as_tensor(x, "x", name)
    first = channels_first(data_format, name)
    batch = as_batch(given, name)
    y = run(
        "DepthwiseConv2dNative",
        {"x": batch.transpose(TO_LAST) if first else batch, "filter": as_tensor(filter, "filter", name)},
        strides=frozen(strides), pad=channels_last(pad) if first else frozen(pad),
        dilations=frozen(dilations), dim_rounding_mode=dim_rounding_mode,
    )  # fmt: skip
    return as_given(y.transpose(TO_FIRST) if first else y, given)


@gradient("DepthwiseConv2dNative", wrt="x")
def depthwise_conv2d_dx(dy: Tensor, filter: Tensor, x_spec: Spec, *, window: Window) -> Tensor:
    """Back to where each dy came from."""
    inputs = {"dy": dy, "filter": filter}
    return run("DepthwiseConv2dNativeBackpropInput", inputs, input_shape=x_spec.shape, **window.attrs())


@gradient("DepthwiseConv2dNative", wrt="filter")
def depthwise_conv2d_dfilter(dy: Tensor, x: Tensor, filter_spec: Spec, *, window: Window) -> Tensor:
    """Input times dy, summed over positions."""
    inputs = {"x": x, "dy": dy}
    return run("DepthwiseConv2dNativeBackpropFilter", inputs, filter_shape=filter_spec.shape, **window.attrs())


@gradient("DepthwiseConv2dNativeBackpropInput", wrt="dy")
def backprop_input_ddy(dy: Tensor, filter: Tensor, *, window: Window) -> Tensor:
    """The adjoint of the adjoint is the convolution."""
    return run("DepthwiseConv2dNative", {"x": dy, "filter": filter}, **window.attrs())


@gradient("DepthwiseConv2dNativeBackpropInput", wrt="filter")
def backprop_input_dfilter(slope: Any, dy: Any = None) -> None: ...


@op()
def separable_conv2d(
    x: TensorLike,
    depthwise_filter: TensorLike,
    pointwise_filter: TensorLike,
    strides: int | Sequence[int],
    pad: Pad,
    dilation: int | Sequence[int] = 1,
    data_format: str = "NHWC",
) -> Tensor:
    ...
