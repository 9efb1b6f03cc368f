"""Ops that take a regular part of a tensor: slice, strided_slice. Python's own `x[...]` is in getitem.py."""

from collections.abc import Sequence

from glbackend.base.errors import ShapeError
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run


@op()
def slice(x: TensorLike, begin: int | Sequence[int], size: int | Sequence[int] | None = None) -> Tensor:
    """The window of `x` that starts at `begin` and has `size` elements along each axis.

    Axes that `begin` and `size` do not mention are taken whole; a size of -1 reaches to the end. Any dtype,
    rank 1 at least. Raises ShapeError where the window leaves x. As `tf.slice`.

    >>> slice([1., 2., 3., 4.], 1, 2).numpy().tolist()
    [2.0, 3.0]
    """
    tensor = as_tensor(x, "x", "slice")
    starts = begin if isinstance(begin, int) else tuple(begin)
    return run(
        "Slice",
        {"x": tensor},
        begin=starts,
        size=size if size is None or isinstance(size, int) else tuple(size),
    )


@gradient("Slice", wrt="x")
def slice_dx(dy: Tensor, x_spec: Spec, *, begin: tuple[int, ...]) -> Tensor:
    """Zeros around the window."""
    sizes = zip(begin, dy.shape, x_spec.shape, strict=True)
    return dy.pad([(start, n - start - count) for start, count, n in sizes])


@op()
def strided_slice(
    x: TensorLike,
    begin: Sequence[int],
    end: Sequence[int],
    strides: Sequence[int] | None = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
) -> Tensor:
    """Every `strides`-th element of `x` from `begin` up to, not including, `end`, along each axis.

    Negative begins and ends count from the back, negative strides walk backwards. Bit i of a mask speaks of
    entry i: `begin_mask`, `end_mask`: take all to that side; `ellipsis_mask`: it stands for all axes not
    mentioned; `new_axis_mask`: it adds an axis of 1; `shrink_axis_mask`: it takes one element and drops the
    axis. Any dtype. Raises ShapeError or ArgumentError where these make no sense. As `tf.stridedSlice`.

    >>> strided_slice([1., 2., 3., 4.], [3], [0], [-2]).numpy().tolist()
    [4.0, 2.0]
    """
    return run(
        "StridedSlice",
        {"x": as_tensor(x, "x", "strided_slice")},
        begin=tuple(begin),
        end=tuple(end),
        strides=None if strides is None else tuple(strides),
        begin_mask=begin_mask,
        end_mask=end_mask,
        ellipsis_mask=ellipsis_mask,
        new_axis_mask=new_axis_mask,
        shrink_axis_mask=shrink_axis_mask,
    )


@gradient("StridedSlice", wrt="x")
def strided_slice_dx(
    dy: Tensor, x_spec: Spec, *, begin: tuple[int, ...], strides: tuple[int, ...], size: Shape
) -> Tensor:
    """dy, turned where the slice walked backwards, with zeros between its elements and around it."""
    full = dy.reshape(size)
    backward = [axis for axis, step in enumerate(strides) if step < 0]
    if backward:
        full = full.reverse(backward)
    starts = [b + (n - 1) * s if s < 0 else b for b, n, s in zip(begin, size, strides, strict=True)]
    steps = [abs(s) for s in strides]
    if any(step > 1 for step in steps):
        pairs = list(zip(size, steps, strict=True))
        split = full.reshape([n for count, _ in pairs for n in (count, 1)])
        spread = split.pad([pair for _, step in pairs for pair in ((0, 0), (0, step - 1))])
        full = spread.reshape([count * step for count, step in pairs])
        fitting = zip(full.shape, starts, x_spec.shape, strict=True)
        full = slice(full, [0] * full.rank, [min(count, n - start) for count, start, n in fitting])
    around = zip(starts, full.shape, x_spec.shape, strict=True)
    return full.pad([(start, n - start - count) for start, count, n in around])


def _slice_ranked(x: TensorLike, begin: Sequence[int], size: Sequence[int], rank: int) -> Tensor:
    tensor = as_tensor(x, "x", f"slice{rank}d")
    if tensor.rank != rank:
        raise ShapeError(f"slice{rank}d: x must be of rank {rank}, got shape {list(tensor.shape)}")
    return slice(tensor, begin, size)


@op(method=False)
def slice1d(x: TensorLike, begin: int, size: int) -> Tensor:
    """`slice` of a vector `x`: `size` elements from `begin`. As `tf.slice1d`.

    ShapeError for other ranks.

    >>> slice1d([1., 2., 3.], 1, 1).numpy().tolist()
    [2.0]
    """
    return _slice_ranked(x, [begin], [size], 1)


@op(method=False)
def slice2d(x: TensorLike, begin: Sequence[int], size: Sequence[int]) -> Tensor:
    """`slice` of a matrix `x` by `begin` and `size`, two numbers each. As `tf.slice2d`.

    ShapeError for other ranks.

    >>> slice2d([[1., 2.], [3., 4.]], [1, 0], [1, -1]).numpy().tolist()
    [[3.0, 4.0]]
    """
    return _slice_ranked(x, begin, size, 2)


@op(method=False)
def slice3d(x: TensorLike, begin: Sequence[int], size: Sequence[int]) -> Tensor:
    """`slice` of `x`, of rank 3, by `begin` and `size`; ShapeError for other ranks. As `tf.slice3d`.

    >>> slice3d([[[1., 2.]]], [0, 0, 1], [1, 1, 1]).numpy().tolist()
    [[[2.0]]]
    """
    return _slice_ranked(x, begin, size, 3)


@op(method=False)
def slice4d(x: TensorLike, begin: Sequence[int], size: Sequence[int]) -> Tensor:
    """`slice` of `x`, of rank 4, by `begin` and `size`; ShapeError for other ranks. As `tf.slice4d`.

    >>> slice4d([[[[1., 2.]]]], [0, 0, 0, 1], [1, 1, 1, 1]).numpy().tolist()
    [[[[2.0]]]]
    """
    return _slice_ranked(x, begin, size, 4)
