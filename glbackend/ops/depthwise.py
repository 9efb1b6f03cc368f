"""Depthwise and separable convolutions, plain and fused, and their gradients to any order."""

from collections.abc import Callable

from glbackend.base.errors import ShapeError
from glbackend.base.shapes import Shape, Spec
from glbackend.base.window import Window
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.conv2d import conv2d
from glbackend.ops.matmul import epilogue_gradients, fused_inputs
from glbackend.ops.op import op, run
from glbackend.ops.window import Pad, Sizes, as_batch, as_given, channels_first, channels_last, frozen

TO_LAST, TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)


@op()
def depthwise_conv2d(
    x: TensorLike,
    filter: TensorLike,
    strides: Sizes,
    pad: Pad,
    data_format: str = "NHWC",
    dilations: Sizes = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """Convolves each channel with filters of its own; channel c gives channels c * multiplier and on.

    `x`: [batch, height, width, channels], or one image without the batch; float32.
    `filter`: [height, width, channels, multiplier].
    `strides`: rows and columns from one place of the filter to the next, one number for both.
    `pad`: "same", "valid", a number of zeros for all sides, or a pair (before, after) for each dim of x.
    `data_format`: "NHWC", or "NCHW" where x is [batch, channels, height, width].
    `dilations`: rows and columns from one point of the filter to the next; these or the strides must be 1.
    `dim_rounding_mode`: as in `conv2d`.

    Raises ShapeError where channels differ, ArgumentError where strides and dilations are both above 1. As
    `tf.depthwiseConv2d`.

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
        strides=frozen(strides),
        pad=channels_last(pad) if first else frozen(pad),
        dilations=frozen(dilations),
        dim_rounding_mode=dim_rounding_mode,
    )
    return as_given(y.transpose(TO_FIRST) if first else y, given)


@gradient("DepthwiseConv2dNative", wrt="x")
def depthwise_conv2d_dx(dy: Tensor, filter: Tensor, x_spec: Spec, *, window: Window) -> Tensor:
    """Back to where each dy came from."""
    return _input_gradient(dy, filter, x_spec.shape, window)


@gradient("DepthwiseConv2dNative", wrt="filter")
def depthwise_conv2d_dfilter(dy: Tensor, x: Tensor, filter_spec: Spec, *, window: Window) -> Tensor:
    """Input times dy, summed over positions."""
    return _filter_gradient(x, dy, filter_spec.shape, window)


@gradient("DepthwiseConv2dNativeBackpropInput", wrt="dy")
def backprop_input_ddy(dy: Tensor, filter: Tensor, *, window: Window) -> Tensor:
    """The adjoint of the adjoint: the convolution."""
    return _again(dy, filter, window)


@gradient("DepthwiseConv2dNativeBackpropInput", wrt="filter")
def backprop_input_dfilter(dy: Tensor, dy_input: Tensor, filter_spec: Spec, *, window: Window) -> Tensor:
    """As the convolution's, the image and its gradient having changed places."""
    return _filter_gradient(dy, dy_input, filter_spec.shape, window)


@gradient("DepthwiseConv2dNativeBackpropFilter", wrt="x")
def backprop_filter_dx(dy: Tensor, dy_input: Tensor, x_spec: Spec, *, window: Window) -> Tensor:
    """dy has the shape of a filter here."""
    return _input_gradient(dy_input, dy, x_spec.shape, window)


@gradient("DepthwiseConv2dNativeBackpropFilter", wrt="dy")
def backprop_filter_ddy(dy: Tensor, x: Tensor, *, window: Window) -> Tensor:
    """dy has the shape of a filter here."""
    return _again(x, dy, window)


def _again(x: Tensor, filter: Tensor, window: Window) -> Tensor:
    return run("DepthwiseConv2dNative", {"x": x, "filter": filter}, **window.attrs())


def _input_gradient(dy: Tensor, filter: Tensor, shape: Shape, window: Window) -> Tensor:
    inputs = {"dy": dy, "filter": filter}
    return run("DepthwiseConv2dNativeBackpropInput", inputs, input_shape=shape, **window.attrs())


def _filter_gradient(x: Tensor, dy: Tensor, shape: Shape, window: Window) -> Tensor:
    inputs = {"x": x, "dy": dy}
    return run("DepthwiseConv2dNativeBackpropFilter", inputs, filter_shape=shape, **window.attrs())


@op()
def separable_conv2d(
    x: TensorLike,
    depthwise_filter: TensorLike,
    pointwise_filter: TensorLike,
    strides: Sizes,
    pad: Pad,
    dilation: Sizes = 1,
    data_format: str = "NHWC",
) -> Tensor:
    """A depthwise convolution, then a 1x1 convolution over its channels. As `tf.separableConv2d`.

    `x`, `strides`, `pad`, `data_format`: as in `depthwise_conv2d`.
    `depthwise_filter`, `dilation`: its filter and its dilations.
    `pointwise_filter`: [1, 1, channels * multiplier, out channels].

    Raises ShapeError where shapes do not fit.

    >>> separable_conv2d([[[1., 2.]]], [[[[1.], [2.]]]], [[[[1.], [10.]]]], 1, "same").numpy().tolist()
    [[[41.0]]]
    """
    depthwise = as_tensor(depthwise_filter, "depthwise_filter", "separable_conv2d")
    pointwise = as_tensor(pointwise_filter, "pointwise_filter", "separable_conv2d")
    if depthwise.rank != 4 or pointwise.rank != 4:
        raise ShapeError(
            f"separable_conv2d: both filters must be of rank 4, got shapes {list(depthwise.shape)} "
            f"and {list(pointwise.shape)}"
        )
    wanted = (1, 1, depthwise.shape[2] * depthwise.shape[3])
    if pointwise.shape[:3] != wanted:
        raise ShapeError(
            f"separable_conv2d: pointwise_filter must have shape {[*wanted, 'out channels']}, "
            f"got {list(pointwise.shape)}"
        )
    y = depthwise_conv2d(x, depthwise, strides, pad, data_format, dilation)
    return conv2d(y, pointwise, 1, "valid", data_format)


@op(method=False, namespace="fused", name="depthwise_conv2d")
def fused_depthwise_conv2d(
    x: TensorLike,
    filter: TensorLike,
    strides: Sizes,
    pad: Pad,
    data_format: str = "NHWC",
    dilations: Sizes = 1,
    dim_rounding_mode: str | None = None,
    bias: TensorLike | None = None,
    activation: str = "linear",
    prelu_activation_weights: TensorLike | None = None,
    leakyrelu_alpha: float = 0.2,
) -> Tensor:
    """`depthwise_conv2d`, plus `bias`, through `activation`, in one pass. As `tf.fused.depthwiseConv2d`.

    `x`, `filter`, `strides`, `pad`, `data_format`, `dilations`, `dim_rounding_mode`: as in
    `depthwise_conv2d`.
    `bias`: of rank 1 a number for each channel; others broadcast to the result. None adds nothing.
    `activation`: "linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu" or "prelu".
    `prelu_activation_weights`: the slopes of "prelu", which broadcast to the result.
    `leakyrelu_alpha`: the slope of "leakyrelu".

    >>> fused_depthwise_conv2d([[[2.]]], [[[[3.]]]], 1, "same", bias=[1.], activation="relu6").item()
    6.0
    """
    name = "fused.depthwise_conv2d"
    given = as_tensor(x, "x", name)
    first = channels_first(data_format, name)
    batch = as_batch(given, name)
    inputs = fused_inputs(
        name, x=batch, filter=filter, bias=bias, prelu_activation_weights=prelu_activation_weights
    )
    if first:
        inputs = {key: one if key == "filter" else _to_last(one) for key, one in inputs.items()}
    y = run(
        "FusedDepthwiseConv2D", inputs, activation=activation, leakyrelu_alpha=leakyrelu_alpha,
        strides=frozen(strides), pad=channels_last(pad) if first else frozen(pad),
        dilations=frozen(dilations), dim_rounding_mode=dim_rounding_mode,
    )  # fmt: skip
    return as_given(y.transpose(TO_FIRST) if first else y, given)


def _to_last(x: Tensor) -> Tensor:
    """A tensor that broadcasts to channels-first images, for channels-last ones; rank 1 is per channel."""
    if x.rank < 2:
        return x
    return x.reshape((1,) * (4 - x.rank) + x.shape).transpose(TO_LAST)


@gradient("FusedDepthwiseConv2D")
def fused_depthwise_conv2d_gradients(
    dy: Tensor,
    y: Tensor,
    x: Tensor,
    filter: Tensor,
    bias: Tensor | None,
    prelu_activation_weights: Tensor | None,
    *,
    window: Window,
    activation: str | None,
    alpha: float,
) -> dict[str, Callable[[], Tensor]]:
    """As the plain convolution's, from the gradient of what goes into the activation."""

    def product() -> Tensor:
        return run("FusedDepthwiseConv2D", {"x": x, "filter": filter, "bias": bias}, **window.attrs())

    dz, operands = epilogue_gradients(dy, y, prelu_activation_weights, activation, alpha, product)
    return {
        "x": lambda: _input_gradient(dz, filter, x.shape, window),
        "filter": lambda: _filter_gradient(x, dz, filter.shape, window),
        **operands,
    }
