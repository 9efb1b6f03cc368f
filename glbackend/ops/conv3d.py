"""Convolutions over volumes, plain and transposed, with their gradients to any order."""

from collections.abc import Sequence

from glbackend.base.shapes import Shape, Spec
from glbackend.base.window import Window
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run
from glbackend.ops.window import Pad, Sizes, as_batch, as_given, frozen


@op()
def conv3d(
    x: TensorLike,
    filter: TensorLike,
    strides: Sizes,
    pad: Pad,
    data_format: str = "NDHWC",
    dilations: Sizes = 1,
) -> Tensor:
    """The convolution of volumes with a filter, float32. As `tf.conv3d`.

    `x`: [batch, depth, height, width, channels], or one volume without the batch.
    `filter`: [depth, height, width, channels, out]. The result has `out` channels.
    `strides`: steps from one place of the filter to the next, one number or three.
    `pad`: "same", "valid", a number of zeros for all sides, or a pair (before, after) for each dim of x.
    `data_format`: "NDHWC", or "NCDHW" where x is [batch, channels, depth, height, width].
    `dilations`: steps from one point of the filter to the next, one number or three; these or the strides
    must be 1.

    Raises ShapeError where channels differ.

    >>> conv3d([[[[1.], [2.], [3.]]]], [[[[[1.]], [[10.]]]]], 1, "valid").numpy().ravel().tolist()
    [21.0, 32.0]
    """
    volume = as_tensor(x, "x", "conv3d")
    batch = as_batch(volume, "conv3d", spatial=3)
    y = run(
        "Conv3D",
        {"x": batch, "filter": as_tensor(filter, "filter", "conv3d")},
        strides=frozen(strides),
        pad=frozen(pad),
        data_format=data_format,
        dilations=frozen(dilations),
    )
    return as_given(y, volume)


@op()
def conv3d_transpose(
    x: TensorLike,
    filter: TensorLike,
    output_shape: Sequence[int],
    strides: Sizes,
    pad: Pad,
    data_format: str = "NDHWC",
    dilations: Sizes = 1,
) -> Tensor:
    """The transposed convolution ("deconvolution") of volumes, the gradient of `conv3d` by its input.

    `x`: [batch, depth, height, width, channels], or one volume without the batch; float32.
    `filter`: [depth, height, width, out, channels].
    `output_shape`: [batch, depth, height, width, out], the batch left out or not.
    `strides`, `pad`, `dilations`: as in the `conv3d` that would give x from `output_shape`.
    `data_format`: of x and `output_shape`; with "NCDHW" channels come before depth in both.

    Raises ShapeError where they would not. As `tf.conv3dTranspose`.

    >>> conv3d_transpose([[[[2.]]]], [[[[[1.]], [[10.]]]]], [1, 1, 2, 1], 1, "valid").numpy().ravel().tolist()
    [2.0, 20.0]
    """
    volume = as_tensor(x, "x", "conv3d_transpose")
    batch, taps = (
        as_batch(volume, "conv3d_transpose", spatial=3),
        as_tensor(filter, "filter", "conv3d_transpose"),
    )
    shape = tuple(output_shape) if len(output_shape) == 5 else (1, *output_shape)
    y = run(
        "Conv3DBackpropInputV2",
        {"dy": batch, "filter": taps},
        input_shape=shape,
        strides=frozen(strides),
        pad=frozen(pad),
        data_format=data_format,
        dilations=frozen(dilations),
    )
    return as_given(y, volume)


def _forward(x: Tensor, filter: Tensor, window: Window) -> Tensor:
    return run("Conv3D", {"x": x, "filter": filter}, **window.attrs())


def _input_gradient(dy: Tensor, filter: Tensor, shape: Shape, window: Window) -> Tensor:
    return run("Conv3DBackpropInputV2", {"dy": dy, "filter": filter}, input_shape=shape, **window.attrs())


def _filter_gradient(x: Tensor, dy: Tensor, shape: Shape, window: Window) -> Tensor:
    return run("Conv3DBackpropFilterV2", {"x": x, "dy": dy}, filter_shape=shape, **window.attrs())


@gradient("Conv3D", wrt="x")
def conv3d_dx(dy: Tensor, x_spec: Spec, filter: Tensor, *, window: Window) -> Tensor:
    """The transposed convolution."""
    return _input_gradient(dy, filter, x_spec.shape, window)


@gradient("Conv3D", wrt="filter")
def conv3d_dfilter(dy: Tensor, x: Tensor, filter_spec: Spec, *, window: Window) -> Tensor:
    """What each tap saw, times dy."""
    return _filter_gradient(x, dy, filter_spec.shape, window)


@gradient("Conv3DBackpropInputV2", wrt="dy")
def backprop_input_ddy(dy: Tensor, filter: Tensor, *, window: Window) -> Tensor:
    """The transpose of the transposed convolution: the convolution."""
    return _forward(dy, filter, window)


@gradient("Conv3DBackpropInputV2", wrt="filter")
def backprop_input_dfilter(dy: Tensor, dy_input: Tensor, filter_spec: Spec, *, window: Window) -> Tensor:
    """As conv3d's, the volume and its gradient having changed places."""
    return _filter_gradient(dy, dy_input, filter_spec.shape, window)


@gradient("Conv3DBackpropFilterV2", wrt="x")
def backprop_filter_dx(dy: Tensor, dy_input: Tensor, x_spec: Spec, *, window: Window) -> Tensor:
    """dy has the shape of a filter here: the transposed convolution with it."""
    return _input_gradient(dy_input, dy, x_spec.shape, window)


@gradient("Conv3DBackpropFilterV2", wrt="dy")
def backprop_filter_ddy(dy: Tensor, x: Tensor, *, window: Window) -> Tensor:
    """dy has the shape of a filter here: the convolution with it."""
    return _forward(x, dy, window)
