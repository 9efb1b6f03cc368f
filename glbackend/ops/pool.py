"""Pools over images, and their gradients to any order."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.base.window import Window
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run
from glbackend.ops.window import as_batch, as_given, frozen

Sizes = int | Sequence[int]
Pad = str | int | Sequence[Sequence[int]]


@op()
def max_pool(
    x: TensorLike, filter_size: Sizes, strides: Sizes, pad: Pad, dim_rounding_mode: str | None = None
) -> Tensor:
    """The largest of each window that slides over x [batch, height, width, channels] (or one image).

    float32, int32 or bool, which the result keeps. Padding counts as -inf, NaN is never the largest. `pad` is
    "same", "valid", a number, or a pair per dim. As `tf.maxPool`.

    >>> max_pool([[[1.], [5.]], [[3.], [2.]]], 2, 2, "valid").numpy().tolist()
    [[[5.0]]]
    """
    return _pool("MaxPool", "max_pool", x, filter_size, strides, pad, dim_rounding_mode)


@op()
def avg_pool(
    x: TensorLike, filter_size: Sizes, strides: Sizes, pad: Pad, dim_rounding_mode: str | None = None
) -> Tensor:
    """The mean of each window that slides over x [batch, height, width, channels] (or one image).

    Padding does not count, neither in the sum nor in what it is divided by. int32 results are cut towards
    zero. As `tf.avgPool`.

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
    """`max_pool` or `avg_pool` (`pooling_type` "max" or "avg"), with `dilations` between what a window sees.

    Raises ArgumentError where strides and dilations are both above 1. As `tf.pool`.

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


def _attrs(window: Window) -> dict[str, Any]:
    """A pool's raw attrs that give `window` again."""
    attrs = window.attrs()
    del attrs["data_format"]
    return {"filter_size": window.filter_size, **attrs}


@gradient("MaxPool", wrt="x")
def max_pool_dx(dy: Tensor, x: Tensor, y: Tensor, *, window: Window) -> Tensor:
    """Each dy goes to the first of the largest in its window."""
    return run("MaxPoolGrad", {"dy": dy, "input": x, "output": y}, **_attrs(window))


@gradient("MaxPoolGrad", wrt="dy")
def max_pool_grad_ddy(dy: Tensor, input: Tensor, *, window: Window) -> Tensor:
    """What lies where the largest are."""
    return run("MaxPoolGradGrad", {"dy": dy, "input": input}, **_attrs(window))


@gradient("MaxPoolGradGrad", wrt="dy")
def max_pool_grad_grad_ddy(dy: Tensor, input: Tensor, *, window: Window) -> Tensor:
    """Back to where the largest are."""
    return run("MaxPoolGrad", {"dy": dy, "input": input}, **_attrs(window))


@gradient("MaxPoolGrad", wrt="input")
@gradient("MaxPoolGrad", wrt="output")
@gradient("MaxPoolGradGrad", wrt="input")
@gradient("AvgPoolGrad", wrt="input")
def pool_grad_dinput() -> None:
    """Where the largest lie, and what is averaged, does not move with the values."""


@gradient("AvgPool", wrt="x")
def avg_pool_dx(dy: Tensor, x: Tensor, *, window: Window, count_padding: bool) -> Tensor:
    """Each dy is shared out among what its window saw."""
    # differs from TF.js: it divides by the size of the filter where a window reaches into the padding
    return run("AvgPoolGrad", {"dy": dy, "input": x}, count_padding=count_padding, **_attrs(window))


@gradient("AvgPoolGrad", wrt="dy")
def avg_pool_grad_ddy(dy: Tensor, *, window: Window, count_padding: bool) -> Tensor:
    """The adjoint of sharing out: the mean."""
    return run("AvgPool", {"x": dy}, count_padding=count_padding, **_attrs(window))
