"""Pools over images and volumes, and their gradients to any order."""

from typing import Any, NamedTuple

from glbackend.base.errors import ArgumentError
from glbackend.base.window import Window
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run, run_several
from glbackend.ops.window import (
    Pad,
    Sizes,
    as_batch,
    as_given,
    channels_first,
    channels_last,
    frozen,
    to_first,
    to_last,
)


class Pooled(NamedTuple):
    """The largest of each window and where it lies: `result`, and `indexes` (int32) of the same shape."""

    result: Tensor
    indexes: Tensor


@op()
def max_pool(
    x: TensorLike, filter_size: Sizes, strides: Sizes, pad: Pad, dim_rounding_mode: str | None = None
) -> Tensor:
    """The largest of each window that slides over images. As `tf.maxPool`.

    `x`: [batch, height, width, channels], or one image without the batch; float32, int32 or bool, which the
    result keeps. NaN is never the largest.
    `filter_size`: height and width of the window, one number for both.
    `strides`: rows and columns from one window to the next, one number for both.
    `pad`: "same", "valid", a number for all sides, or a pair (before, after) for each dim of x; it counts as
    -inf.
    `dim_rounding_mode`: "floor", "round" or "ceil" the size of the output where `pad` is in numbers; cut by
    default.

    >>> max_pool([[[1.], [5.]], [[3.], [2.]]], 2, 2, "valid").numpy().tolist()
    [[[5.0]]]
    """
    return _pool("MaxPool", "max_pool", x, filter_size, strides, pad, dim_rounding_mode)


@op()
def avg_pool(
    x: TensorLike, filter_size: Sizes, strides: Sizes, pad: Pad, dim_rounding_mode: str | None = None
) -> Tensor:
    """The mean of each window that slides over images. As `tf.avgPool`.

    `x`, `filter_size`, `strides`, `pad`, `dim_rounding_mode`: as in `max_pool`, but padding does not count,
    neither in the sum nor in what it is divided by. int32 results are cut towards zero.

    >>> avg_pool([[[1.], [5.]], [[3.], [2.]]], 2, 1, "same").numpy().ravel().tolist()
    [2.75, 3.5, 2.5, 2.0]
    """
    given = as_tensor(x, "x", "avg_pool")
    y = _pool("AvgPool", "avg_pool", given, filter_size, strides, pad, dim_rounding_mode)
    return y if given.dtype == "float32" else y.cast(given.dtype)


@op()
def pool(
    input: TensorLike,
    window_shape: Sizes,
    pooling_type: str,
    pad: Pad,
    dilations: Sizes = 1,
    strides: Sizes = 1,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """`max_pool` or `avg_pool`, whose windows may have gaps. As `tf.pool`.

    `input`, `pad`, `strides`, `dim_rounding_mode`: as the x, pad, ... of `max_pool`.
    `window_shape`: height and width of the window, its gaps not counted.
    `pooling_type`: "max" or "avg".
    `dilations`: rows and columns from one point of the window to the next.

    Raises ArgumentError where strides and dilations are both above 1.

    >>> pool([[[1.], [5.], [3.]]], [1, 2], "max", "valid", dilations=[1, 2]).numpy().tolist()
    [[[3.0]]]
    """
    # differs from TF.js: padding stays outside with dilations too; TF.js pads with zeros that count there
    if pooling_type not in ("max", "avg"):
        raise ArgumentError(f"pool: pooling_type must be 'max' or 'avg', got {pooling_type!r}")
    kernel = "MaxPool" if pooling_type == "max" else "AvgPool"
    given = as_tensor(input, "input", "pool")
    y = _pool(kernel, "pool", given, window_shape, strides, pad, dim_rounding_mode, dilations)
    return y if y.dtype == given.dtype else y.cast(given.dtype)


@op()
def max_pool_with_argmax(
    x: TensorLike, filter_size: Sizes, strides: Sizes, pad: Pad, include_batch_in_index: bool = False
) -> Pooled:
    """`max_pool` of images, and where each largest lies (int32). As `tf.maxPoolWithArgmax`.

    `x`, `filter_size`, `strides`, `pad`: as in `max_pool`, but x must be of rank 4, else ShapeError.
    `include_batch_in_index`: whether positions count through x flattened from the start of the batch, or from
    that of the image.

    Of equals the first is taken; -1 where a window holds only NaN or -inf.

    >>> y, at = max_pool_with_argmax([[[[1.], [5.]], [[3.], [2.]]]], 2, 2, "valid")
    >>> y.item(), at.item()
    (5.0, 1)
    """
    found = run_several(
        "MaxPoolWithArgmax",
        {"x": as_tensor(x, "x", "max_pool_with_argmax")},
        filter_size=frozen(filter_size),
        strides=frozen(strides),
        pad=frozen(pad),
        include_batch_in_index=include_batch_in_index,
    )
    return Pooled(*found)


@op()
def max_pool3d(
    x: TensorLike,
    filter_size: Sizes,
    strides: Sizes,
    pad: Pad,
    dim_rounding_mode: str | None = None,
    data_format: str = "NDHWC",
) -> Tensor:
    """The largest of each window that slides over volumes. As `tf.maxPool3d`.

    `x`: [batch, depth, height, width, channels], or one volume without the batch.
    `data_format`: "NDHWC", or "NCDHW" where channels come before depth.
    `filter_size`, `strides`, `pad`, `dim_rounding_mode`: as in `max_pool`, over three dims.

    Of equals the gradient goes to the last, as in TF.js.

    >>> max_pool3d([[[[1.], [5.]], [[3.], [2.]]]], (1, 2, 2), 1, "valid").numpy().tolist()
    [[[[5.0]]]]
    """
    given = as_tensor(x, "x", "max_pool3d")
    return _pool3d(
        "MaxPool3D", "max_pool3d", given, filter_size, strides, pad, dim_rounding_mode, data_format
    )


@op()
def avg_pool3d(
    x: TensorLike,
    filter_size: Sizes,
    strides: Sizes,
    pad: Pad,
    dim_rounding_mode: str | None = None,
    data_format: str = "NDHWC",
) -> Tensor:
    """The mean of each window that slides over volumes. As `tf.avgPool3d`.

    `x`, `data_format`: as in `max_pool3d`.
    `filter_size`, `strides`, `pad`, `dim_rounding_mode`: as in `avg_pool`, over three dims.

    >>> avg_pool3d([[[[1.], [5.]], [[3.], [2.]]]], (1, 2, 2), 1, "valid").numpy().tolist()
    [[[[2.75]]]]
    """
    given = as_tensor(x, "x", "avg_pool3d")
    y = _pool3d("AvgPool3D", "avg_pool3d", given, filter_size, strides, pad, dim_rounding_mode, data_format)
    return y if given.dtype == "float32" else y.cast(given.dtype)


def _pool3d(
    kernel: str,
    name: str,
    given: Tensor,
    filter_size: Sizes,
    strides: Sizes,
    pad: Pad,
    mode: str | None,
    data_format: str,
) -> Tensor:
    first = channels_first(data_format, name, spatial=3)
    batch = as_batch(given, name, spatial=3)
    y = run(
        kernel,
        {"x": to_last(batch) if first else batch},
        filter_size=frozen(filter_size),
        strides=frozen(strides),
        pad=channels_last(pad) if first else frozen(pad),
        dim_rounding_mode=mode,
    )
    return as_given(to_first(y) if first else y, given)


def _pool(
    kernel: str,
    name: str,
    x: TensorLike,
    filter_size: Sizes,
    strides: Sizes,
    pad: Pad,
    mode: str | None,
    dilations: Sizes = 1,
) -> Tensor:
    given = as_tensor(x, "x", name)
    y = run(
        kernel, {"x": as_batch(given, name)}, filter_size=frozen(filter_size), strides=frozen(strides),
        pad=frozen(pad), dim_rounding_mode=mode, dilations=frozen(dilations),
    )  # fmt: skip
    return as_given(y, given)


def _of(kernel: str, window: Window, suffix: str = "") -> str:
    """The name of a pool's kernel for images or volumes."""
    return f"{kernel}{'3D' if window.is_volume else ''}{suffix}"


def _attrs(window: Window) -> dict[str, Any]:
    """A pool's raw attrs that give `window` again."""
    attrs = window.attrs()
    del attrs["data_format"]
    if window.is_volume:
        del attrs["dilations"]  # pools over volumes know none
    return {"filter_size": window.filter_size, **attrs}


@gradient("MaxPool", wrt="x")
def max_pool_dx(dy: Tensor, x: Tensor, y: Tensor, *, window: Window) -> Tensor:
    """Each dy goes to the first of the largest in its window."""
    return run("MaxPoolGrad", {"dy": dy, "input": x, "output": y}, **_attrs(window))


@gradient("MaxPoolWithArgmax", wrt="x")
def max_pool_with_argmax_dx(dy: list[Tensor], x: Tensor, *, window: Window) -> Tensor:
    """As max_pool's: indexes have no gradient."""
    return run("MaxPoolGrad", {"dy": dy[0], "input": x}, **_attrs(window))


@gradient("MaxPoolGrad", wrt="dy")
@gradient("MaxPool3DGrad", wrt="dy")
def max_pool_grad_ddy(dy: Tensor, input: Tensor, *, window: Window) -> Tensor:
    """What lies where the largest are."""
    return run(_of("MaxPool", window, "GradGrad"), {"dy": dy, "input": input}, **_attrs(window))


@gradient("MaxPoolGradGrad", wrt="dy")
@gradient("MaxPool3DGradGrad", wrt="dy")
def max_pool_grad_grad_ddy(dy: Tensor, input: Tensor, *, window: Window) -> Tensor:
    """Back to where the largest are."""
    return run(_of("MaxPool", window, "Grad"), {"dy": dy, "input": input}, **_attrs(window))


@gradient("MaxPool3D", wrt="x")
def max_pool3d_dx(dy: Tensor, x: Tensor, y: Tensor, *, window: Window) -> Tensor:
    """Each dy goes to the last of the largest in its window."""
    return run("MaxPool3DGrad", {"dy": dy, "input": x, "output": y}, **_attrs(window))


@gradient("MaxPoolGrad", wrt="input")
@gradient("MaxPoolGrad", wrt="output")
@gradient("MaxPoolGradGrad", wrt="input")
@gradient("MaxPool3DGrad", wrt="input")
@gradient("MaxPool3DGrad", wrt="output")
@gradient("MaxPool3DGradGrad", wrt="input")
@gradient("AvgPoolGrad", wrt="input")
@gradient("AvgPool3DGrad", wrt="input")
def pool_grad_dinput() -> None:
    """Where the largest lie, and what is averaged, does not move with the values."""


@gradient("AvgPool", wrt="x")
@gradient("AvgPool3D", wrt="x")
def avg_pool_dx(dy: Tensor, x: Tensor, *, window: Window, count_padding: bool) -> Tensor:
    """Each dy is shared out among what its window saw."""
    # differs from TF.js: it divides by the size of the filter where a window reaches into the padding
    inputs = {"dy": dy, "input": x}
    return run(_of("AvgPool", window, "Grad"), inputs, count_padding=count_padding, **_attrs(window))


@gradient("AvgPoolGrad", wrt="dy")
@gradient("AvgPool3DGrad", wrt="dy")
def avg_pool_grad_ddy(dy: Tensor, *, window: Window, count_padding: bool) -> Tensor:
    """The adjoint of sharing out: the mean."""
    return run(_of("AvgPool", window), {"x": dy}, count_padding=count_padding, **_attrs(window))
