"""Grayscale dilation (morphology), and its gradients to any order."""

from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.base.window import Window
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run
from glbackend.ops.window import Pad, Sizes, as_batch, as_given, frozen


@op()
def dilation2d(
    x: TensorLike,
    filter: TensorLike,
    strides: Sizes,
    pad: Pad,
    dilations: Sizes = 1,
    data_format: str = "NHWC",
) -> Tensor:
    """The largest of x + filter in each window that slides over x. As `tf.dilation2d`.

    `x`: [batch, height, width, channels], or one image without the batch; float32 or int32.
    `filter`: [height, width, channels], of the same dtype.
    `strides`: rows and columns from one window to the next, one number for both.
    `pad`: "same", "valid", a number, or a pair per dim; padding counts as -inf, NaN is never the largest.
    `dilations`: rows and columns from one point of the window to the next; strides may be above 1 as well.
    `data_format`: "NHWC"; there is no other.

    Of equals the gradient goes to the first. Raises ShapeError where channels differ, ArgumentError for
    another data_format.

    >>> dilation2d([[[1.], [5.], [3.]]], [[[0.], [4.]]], 1, "valid").numpy().ravel().tolist()
    [9.0, 7.0]
    """
    # differs from TF.js: a window without a number gives -inf, there -2^53 + 1 (cpu) or -3.4e38 (webgl)
    if data_format != "NHWC":
        raise ArgumentError(f"dilation2d: data_format must be 'NHWC', got {data_format!r}: transpose x first")
    image = as_tensor(x, "x", "dilation2d")
    inputs = {"x": as_batch(image, "dilation2d"), "filter": as_tensor(filter, "filter", "dilation2d")}
    y = run("Dilation2D", inputs, strides=frozen(strides), pad=frozen(pad), dilations=frozen(dilations))
    return as_given(y, image)


def _run(kernel: str, x: Tensor, filter: Tensor, dy: Tensor, window: Window) -> Tensor:
    attrs: dict[str, Any] = window.attrs()
    del attrs["data_format"]
    return run(kernel, {"x": x, "filter": filter, "dy": dy}, **attrs)


@gradient("Dilation2D", wrt="x")
def dilation2d_dx(dy: Tensor, x: Tensor, filter: Tensor, *, window: Window) -> Tensor:
    """Each dy goes to the input of the first of the largest sums in its window."""
    return _run("Dilation2DBackpropInput", x, filter, dy, window)


@gradient("Dilation2D", wrt="filter")
def dilation2d_dfilter(dy: Tensor, x: Tensor, filter: Tensor, *, window: Window) -> Tensor:
    """Each dy goes to the filter's position in the first of the largest sums."""
    return _run("Dilation2DBackpropFilter", x, filter, dy, window)


@gradient("Dilation2DBackpropInput", wrt="dy")
def backprop_input_ddy(dy: Tensor, x: Tensor, filter: Tensor, *, window: Window) -> Tensor:
    """What lies where the largest sums are."""
    return _run("Dilation2DBackpropInputGrad", x, filter, dy, window)


@gradient("Dilation2DBackpropInputGrad", wrt="dy")
def backprop_input_grad_ddy(dy: Tensor, x: Tensor, filter: Tensor, *, window: Window) -> Tensor:
    """Back to where the largest sums are."""
    return _run("Dilation2DBackpropInput", x, filter, dy, window)


@gradient("Dilation2DBackpropFilter", wrt="dy")
def backprop_filter_ddy(dy: Tensor, x: Tensor, filter: Tensor, *, window: Window) -> Tensor:
    """What lies at the filter's positions that give the largest sums."""
    return _run("Dilation2DBackpropFilterGrad", x, filter, dy, window)


@gradient("Dilation2DBackpropFilterGrad", wrt="dy")
def backprop_filter_grad_ddy(dy: Tensor, x: Tensor, filter: Tensor, *, window: Window) -> Tensor:
    """Back to the filter's positions."""
    return _run("Dilation2DBackpropFilter", x, filter, dy, window)


@gradient("Dilation2DBackpropInput", wrt="x")
@gradient("Dilation2DBackpropInput", wrt="filter")
@gradient("Dilation2DBackpropInputGrad", wrt="x")
@gradient("Dilation2DBackpropInputGrad", wrt="filter")
@gradient("Dilation2DBackpropFilter", wrt="x")
@gradient("Dilation2DBackpropFilter", wrt="filter")
@gradient("Dilation2DBackpropFilterGrad", wrt="x")
@gradient("Dilation2DBackpropFilterGrad", wrt="filter")
def dilation_grad_doperand() -> None:
    """Where the largest sums are does not move with the values."""
