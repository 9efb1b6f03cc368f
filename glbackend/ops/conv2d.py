"""Convolutions in one and two dims, plain, fused and transposed; with their gradients."""

from collections.abc import Callable, Sequence

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import Shape, Spec
from glbackend.base.window import Window
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.matmul import epilogue_gradients, fused_inputs
from glbackend.ops.op import op, run
from glbackend.ops.window import Pad, Sizes, as_batch, as_given, frozen


@op()
def conv2d(
    x: TensorLike,
    filter: TensorLike,
    strides: Sizes,
    pad: Pad,
    data_format: str = "NHWC",
    dilations: Sizes = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """The convolution of images with a filter, float32. As `tf.conv2d`.

    `x`: [batch, height, width, channels], or one image without the batch.
    `filter`: [height, width, channels, out]. The result has `out` channels.
    `strides`: rows and columns from one place of the filter to the next, one number for both.
    `pad`: "same" (zeros around, so that strides of 1 keep the size), "valid" (none), a number of zeros for
    all sides, or a pair (before, after) for each dim of x.
    `data_format`: "NHWC", or "NCHW" where x is [batch, channels, height, width].
    `dilations`: rows and columns from one point of the filter to the next; these or the strides must be 1.
    `dim_rounding_mode`: "floor", "round" or "ceil" the size of the output where `pad` is in numbers; cut by
    default.

    Raises ShapeError where channels differ or the filter does not fit.

    >>> conv2d([[[[1.], [2.], [3.]]]], [[[[1.]], [[10.]]]], 1, "valid").numpy().ravel().tolist()
    [21.0, 32.0]
    """
    image = as_tensor(x, "x", "conv2d")
    inputs = {"x": as_batch(image, "conv2d"), "filter": as_tensor(filter, "filter", "conv2d")}
    y = run(
        "Conv2D", inputs, strides=frozen(strides), pad=frozen(pad), data_format=data_format,
        dilations=frozen(dilations), dim_rounding_mode=dim_rounding_mode,
    )  # fmt: skip
    return as_given(y, image)


@gradient("Conv2D", wrt="x")
def conv2d_dx(dy: Tensor, x_spec: Spec, filter: Tensor, *, window: Window) -> Tensor:
    """The transposed convolution."""
    return _input_gradient(dy, filter, x_spec.shape, window)


@gradient("Conv2D", wrt="filter")
def conv2d_dfilter(dy: Tensor, x: Tensor, filter_spec: Spec, *, window: Window) -> Tensor:
    """What each tap saw, times dy."""
    return _filter_gradient(x, dy, filter_spec.shape, window)


def _input_gradient(dy: Tensor, filter: Tensor, shape: Shape, window: Window) -> Tensor:
    attrs = window.attrs()
    return run("Conv2DBackpropInput", {"dy": dy, "filter": filter}, input_shape=shape, **attrs)


def _filter_gradient(x: Tensor, dy: Tensor, shape: Shape, window: Window) -> Tensor:
    return run("Conv2DBackpropFilter", {"x": x, "dy": dy}, filter_shape=shape, **window.attrs())


def _again(x: Tensor, filter: Tensor, window: Window) -> Tensor:
    return run("Conv2D", {"x": x, "filter": filter}, **window.attrs())


@gradient("Conv2DBackpropInput", wrt="dy")
def conv2d_backprop_input_ddy(dy: Tensor, filter: Tensor, *, window: Window) -> Tensor:
    """The transpose of the transposed convolution: the convolution."""
    return _again(dy, filter, window)


@gradient("Conv2DBackpropInput", wrt="filter")
def conv2d_backprop_input_dfilter(
    dy: Tensor, dy_input: Tensor, filter_spec: Spec, *, window: Window
) -> Tensor:
    """As conv2d's, the image and its gradient having changed places."""
    return _filter_gradient(dy, dy_input, filter_spec.shape, window)


@gradient("Conv2DBackpropFilter", wrt="x")
def conv2d_backprop_filter_dx(dy: Tensor, dy_input: Tensor, x_spec: Spec, *, window: Window) -> Tensor:
    """dy has the shape of a filter here: the transposed convolution with it."""
    return _input_gradient(dy_input, dy, x_spec.shape, window)


@gradient("Conv2DBackpropFilter", wrt="dy")
def conv2d_backprop_filter_ddy(dy: Tensor, x: Tensor, *, window: Window) -> Tensor:
    """dy has the shape of a filter here: the convolution with it."""
    return _again(x, dy, window)


@op()
def conv1d(
    x: TensorLike,
    filter: TensorLike,
    stride: int,
    pad: Pad,
    data_format: str = "NWC",
    dilation: int = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """The convolution of sequences with a filter, float32. As `tf.conv1d`.

    `x`: [batch, width, channels], or one sequence without the batch.
    `filter`: [width, channels, out].
    `stride`: steps from one place of the filter to the next.
    `pad`: "same", "valid", a number of zeros for both ends, or a pair (before, after) for each of three dims.
    `data_format`: "NWC"; there is no other.
    `dilation`: steps from one point of the filter to the next; this or the stride must be 1.
    `dim_rounding_mode`: as in `conv2d`.

    Raises ShapeError where shapes do not fit.

    >>> conv1d([[[1.], [2.], [3.]]], [[[1.]], [[10.]]], 1, "valid").numpy().ravel().tolist()
    [21.0, 32.0]
    """
    line, taps = as_tensor(x, "x", "conv1d"), as_tensor(filter, "filter", "conv1d")
    if line.rank not in (2, 3) or taps.rank != 3:
        raise ShapeError(
            f"conv1d: x must be of rank 2 or 3 and filter of rank 3, got shapes {list(line.shape)} and "
            f"{list(taps.shape)}"
        )
    if data_format != "NWC":
        raise ShapeError(f"conv1d: data_format must be 'NWC', got {data_format!r}")
    batch = line if line.rank == 3 else line.reshape((1, *line.shape))
    image = batch.reshape((batch.shape[0], 1, *batch.shape[1:]))
    if not isinstance(pad, str | int):
        if len(pad) != 3:
            raise ArgumentError(f"conv1d: explicit pad must hold 3 pairs, one per dim, got {pad!r}")
        pad = (pad[0], (0, 0), *pad[1:])
    if isinstance(pad, int):
        pad = ((0, 0), (0, 0), (pad, pad), (0, 0))
    y = conv2d(
        image, taps.reshape((1, *taps.shape)), (1, stride), pad, "NHWC", (1, dilation), dim_rounding_mode
    )
    y = y.reshape((y.shape[0], *y.shape[2:]))
    return y if line.rank == 3 else y.reshape(y.shape[1:])


@op()
def conv2d_transpose(
    x: TensorLike,
    filter: TensorLike,
    output_shape: Sequence[int],
    strides: Sizes,
    pad: Pad,
    dim_rounding_mode: str | None = None,
    data_format: str = "NHWC",
    dilations: Sizes = 1,
) -> Tensor:
    """The transposed convolution ("deconvolution"), float32: the gradient of `conv2d` by its input.

    `x`: [batch, height, width, channels], or one image without the batch.
    `filter`: [height, width, out, channels].
    `output_shape`: [batch, height, width, out], the batch left out or not.
    `strides`, `pad`, `dim_rounding_mode`, `dilations`: as in the `conv2d` that would give x from
    `output_shape`. `data_format`: of x and `output_shape`; with "NCHW" channels come before height in both.

    Raises ShapeError where they would not. As `tf.conv2dTranspose`.

    >>> conv2d_transpose([[[[2.]]]], [[[[1.]], [[10.]]]], [1, 1, 2, 1], 1, "valid").numpy().ravel().tolist()
    [2.0, 20.0]
    """
    image = as_tensor(x, "x", "conv2d_transpose")
    inputs = {
        "dy": as_batch(image, "conv2d_transpose"),
        "filter": as_tensor(filter, "filter", "conv2d_transpose"),
    }
    shape = tuple(output_shape) if len(output_shape) == 4 else (1, *output_shape)
    y = run(
        "Conv2DBackpropInput",
        inputs,
        input_shape=shape,
        strides=frozen(strides),
        pad=frozen(pad),
        dim_rounding_mode=dim_rounding_mode,
        data_format=data_format,
        dilations=frozen(dilations),
    )
    return as_given(y, image)


@op(method=False, namespace="fused", name="conv2d")
def fused_conv2d(
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
    """`conv2d`, plus `bias`, through `activation`, in one pass; float32. As `tf.fused.conv2d`.

    `x`, `filter`, `strides`, `pad`, `data_format`, `dilations`, `dim_rounding_mode`: as in `conv2d`.
    `bias`: of rank 1 a number for each channel; others broadcast to the result. None adds nothing.
    `activation`: "linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu" or "prelu".
    `prelu_activation_weights`: the slopes of "prelu", which broadcast to the result.
    `leakyrelu_alpha`: the slope of "leakyrelu".

    >>> fused_conv2d([[[[2.]]]], [[[[3.]]]], 1, "same", bias=[1.], activation="relu6").item()
    6.0
    """
    image = as_tensor(x, "x", "fused.conv2d")
    operands = {"bias": bias, "prelu_activation_weights": prelu_activation_weights}
    inputs = fused_inputs("fused.conv2d", x=as_batch(image, "fused.conv2d"), filter=filter, **operands)
    y = run(
        "FusedConv2D", inputs, activation=activation, leakyrelu_alpha=leakyrelu_alpha,
        strides=frozen(strides), pad=frozen(pad), data_format=data_format, dilations=frozen(dilations),
        dim_rounding_mode=dim_rounding_mode,
    )  # fmt: skip
    return as_given(y, image)


@gradient("FusedConv2D")
def fused_conv2d_gradients(
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
    """As conv2d's, from the gradient of what goes into the activation."""

    def product() -> Tensor:
        return run("FusedConv2D", {"x": x, "filter": filter, "bias": bias}, **window.attrs())

    dz, operands = epilogue_gradients(dy, y, prelu_activation_weights, activation, alpha, product)
    if window.channels_first and bias is not None and bias.rank == 1 and bias.size > 1:
        operands["bias"] = lambda: dz.sum((0, 2, 3))
    return {
        "x": lambda: _input_gradient(dz, filter, x.shape, window),
        "filter": lambda: _filter_gradient(x, dz, filter.shape, window),
        **operands,
    }
