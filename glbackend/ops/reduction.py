"""Reductions: sums, means, products, extremes, truth; with their gradients."""

import math
from collections.abc import Iterable, Sequence

from glbackend.base.shapes import Shape, Spec, reduced_shape
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.concat import concat
from glbackend.ops.create import ones
from glbackend.ops.op import kept, op, run

Axes = int | Sequence[int] | None


def _hashable(axis: Axes) -> int | tuple[int, ...] | None:
    return tuple(axis) if isinstance(axis, Iterable) else axis


def _spread(reduced: Tensor, shape: Shape, axes: tuple[int, ...]) -> Tensor:
    """A reduced tensor back in the shape from before, repeated along `axes`."""
    kept = reduced.reshape(reduced_shape(shape, axes, True))
    return kept.broadcast_to(shape)


@op()
def sum(x: TensorLike, axis: Axes = None, keep_dims: bool = False, *, keepdims: bool | None = None) -> Tensor:
    """The sum of `x` over `axis`: an axis, a list of them, every axis by default. As `tf.sum`.

    Summed axes go, or stay as 1 with `keep_dims`, which NumPy calls `keepdims`. float32 is added in blocks,
    int32 wraps, bool is counted in int32; a sum of nothing is 0. Raises ShapeError for an axis that x lacks.

    >>> sum([[1., 2.], [3., 4.]], axis=0).numpy().tolist()
    [4.0, 6.0]
    """
    return run(
        "Sum", {"x": as_tensor(x, "x", "sum")}, axis=_hashable(axis), keep_dims=kept(keep_dims, keepdims)
    )


@gradient("Sum", wrt="x")
def sum_dx(dy: Tensor, x_spec: Spec, *, axes: tuple[int, ...]) -> Tensor:
    """Every summand has its sum's."""
    return _spread(dy, x_spec.shape, axes)


@op()
def mean(
    x: TensorLike, axis: Axes = None, keep_dims: bool = False, *, keepdims: bool | None = None
) -> Tensor:
    """The arithmetic mean of `x`, in float32; NaN over nothing. As `tf.mean`.

    `axis`, `keep_dims` and `keepdims` as in `sum`.

    >>> mean([[1., 2.], [3., 4.]], axis=1).numpy().tolist()
    [1.5, 3.5]
    """
    return run(
        "Mean", {"x": as_tensor(x, "x", "mean")}, axis=_hashable(axis), keep_dims=kept(keep_dims, keepdims)
    )


@gradient("Mean", wrt="x")
def mean_dx(dy: Tensor, x_spec: Spec, *, axes: tuple[int, ...]) -> Tensor:
    """Every element has a share of its mean's."""
    count = math.prod(x_spec.shape[axis] for axis in axes)
    return _spread(dy * (1.0 / (count or 1)), x_spec.shape, axes)


@op()
def max(x: TensorLike, axis: Axes = None, keep_dims: bool = False, *, keepdims: bool | None = None) -> Tensor:
    """The largest element of `x`; NaN where there is one. As `tf.max`.

    `axis`, `keep_dims` and `keepdims` as in `sum`. Over nothing: -inf, or the least int32, or False.

    >>> max([[1., 5.], [3., 4.]], axis=1).numpy().tolist()
    [5.0, 4.0]
    """
    return run(
        "Max",
        {"x": as_tensor(x, "x", "max")},
        reduction_indices=_hashable(axis),
        keep_dims=kept(keep_dims, keepdims),
    )


@op()
def min(x: TensorLike, axis: Axes = None, keep_dims: bool = False, *, keepdims: bool | None = None) -> Tensor:
    """The smallest element of `x`; NaN where there is one. As `tf.min`.

    `axis`, `keep_dims` and `keepdims` as in `sum`. Over nothing: inf, or the greatest int32, or True.

    >>> min([[1., 5.], [3., 4.]], axis=0).numpy().tolist()
    [1.0, 4.0]
    """
    return run(
        "Min", {"x": as_tensor(x, "x", "min")}, axis=_hashable(axis), keep_dims=kept(keep_dims, keepdims)
    )


@gradient("Max", wrt="x")
@gradient("Min", wrt="x")
def extreme_dx(dy: Tensor, x: Tensor, y: Tensor, *, axes: tuple[int, ...]) -> Tensor:
    """Where x is the extreme; several equal ones share it."""
    # differs from TF.js: equal ones share the gradient, as in Keras; there each has the whole of it
    kept = reduced_shape(x.shape, axes, True)
    chosen = x.equal(y.reshape(kept)).cast("float32")
    return dy.reshape(kept) / chosen.sum(axes, True).maximum(1.0) * chosen


@op()
def prod(
    x: TensorLike, axis: Axes = None, keep_dims: bool = False, *, keepdims: bool | None = None
) -> Tensor:
    """The product of the elements of `x`. As `tf.prod`.

    `axis`, `keep_dims` and `keepdims` as in `sum`. int32 wraps, bool gives int32; a product of nothing is 1.

    >>> prod([[1., 2.], [3., 4.]], axis=1).numpy().tolist()
    [2.0, 12.0]
    """
    return run(
        "Prod", {"x": as_tensor(x, "x", "prod")}, axis=_hashable(axis), keep_dims=kept(keep_dims, keepdims)
    )


@gradient("Prod", wrt="x")
def prod_dx(dy: Tensor, x: Tensor, *, axes: tuple[int, ...]) -> Tensor:
    """The product of the others, by multiplication alone: right where elements are zero, for every order."""
    if not x.size or not axes:
        return _spread(dy, x.shape, axes)
    order = (*axes, *(i for i in range(x.rank) if i not in axes))
    back = [order.index(i) for i in range(x.rank)]
    moved = x.transpose(order)
    count = math.prod(x.shape[axis] for axis in axes)
    others = _others(moved.reshape((count, x.size // count)))
    return dy.reshape(reduced_shape(x.shape, axes, True)) * others.reshape(moved.shape).transpose(back)


def _others(x: Tensor) -> Tensor:
    """For each row of a matrix the product of all other rows: halves are multiplied, solved, and swapped."""
    rows, columns = x.shape
    if rows == 1:
        return ones(x.shape)
    half = (rows + 1) // 2
    low, high = x.slice((0, 0), (half, columns)), x.slice((half, 0), (rows - half, columns))
    if rows % 2:
        high = concat([high, ones((1, columns))], 0)
    others = _others(low * high)
    both = concat([others * high, others * low], 0)
    return both.slice((0, 0), (rows, columns)) if rows % 2 else both


@op()
def all(x: TensorLike, axis: Axes = None, keep_dims: bool = False, *, keepdims: bool | None = None) -> Tensor:
    """Whether every element of `x`, a bool tensor, is true. As `tf.all`.

    `axis`, `keep_dims` and `keepdims` as in `sum`. Raises DtypeError for anything but bool.

    >>> all([[True, True], [True, False]], axis=1).numpy().tolist()
    [True, False]
    """
    return run(
        "All", {"x": as_tensor(x, "x", "all")}, axis=_hashable(axis), keep_dims=kept(keep_dims, keepdims)
    )


@op()
def any(x: TensorLike, axis: Axes = None, keep_dims: bool = False, *, keepdims: bool | None = None) -> Tensor:
    """Whether some element of `x`, a bool tensor, is true. As `tf.any`.

    `axis`, `keep_dims` and `keepdims` as in `sum`. Raises DtypeError for anything but bool.

    >>> any([[True, True], [False, False]], axis=1).numpy().tolist()
    [True, False]
    """
    return run(
        "Any", {"x": as_tensor(x, "x", "any")}, axis=_hashable(axis), keep_dims=kept(keep_dims, keepdims)
    )
