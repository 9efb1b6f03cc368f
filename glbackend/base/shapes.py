"""Arithmetic of shapes and axes: sizes, broadcasting, reductions, strides, collapsing of neighbouring
dims."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.dtypes import DType
from glbackend.base.errors import CallError, ShapeError

Shape = tuple[int, ...]
ShapeLike = int | Sequence[int]  # what users give: an int n is [n], as in NumPy


class Spec(NamedTuple):
    """Shape and dtype of a tensor: what contracts take and give."""

    shape: Shape
    dtype: DType = "float32"

    @property
    def rank(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class TensorSpec:
    """Shape, None for a dim of any size, and dtype of the tensors that a data set gives. As tf.TensorSpec."""

    shape: tuple[int | None, ...]
    dtype: DType = "float32"


def dims_of(shape: ShapeLike) -> Shape:
    """`shape` as a tuple, nothing checked.

    >>> dims_of(3), dims_of([2, 3])
    ((3,), (2, 3))
    """
    if type(shape) is tuple:
        return shape
    if isinstance(shape, int | np.integer):
        return (int(shape),)
    if (
        isinstance(shape, str | bytes | dict)
        or not hasattr(shape, "__iter__")
        or getattr(shape, "shape", (0,)) == ()
    ):
        raise CallError(f"argument 'shape' must be an int or a list of ints, got {got(shape)}")
    return tuple(shape)


def check_shape(shape: Sequence[int], op: str) -> Shape:
    """`shape` as a tuple of ints; ShapeError where a dim is negative or no integer."""
    dims = tuple(int(dim) for dim in shape)
    if any(dim < 0 or dim != given for dim, given in zip(dims, shape, strict=True)):
        raise ShapeError(f"{op}: shape {list(shape)} must hold whole numbers of at least 0")
    return dims


def infer_shape(shape: Sequence[int], size: int, op: str) -> Shape:
    """`shape` with its -1, if there is one, filled in so that it holds `size` elements.

    >>> infer_shape([2, -1], 6, "reshape")
    (2, 3)
    """
    dims = tuple(int(dim) for dim in shape)
    if any(dim < -1 or dim != given for dim, given in zip(dims, shape, strict=True)) or dims.count(-1) > 1:
        raise ShapeError(
            f"{op}: shape {list(shape)} must hold whole numbers of at least 0, and at most one -1"
        )
    if -1 not in dims:
        return dims
    known = math.prod(dim for dim in dims if dim != -1)
    if known == 0 or size % known:
        raise ShapeError(f"{op}: no dim in place of -1 lets shape {list(dims)} hold {size} elements")
    return tuple(size // known if dim == -1 else dim for dim in dims)


def normalize_axis(axis: int, rank: int, op: str, name: str = "axis") -> int:
    """`axis` counted from the front; ShapeError where it lies outside [-rank, rank).

    >>> normalize_axis(-1, 3, "sum")
    2
    """
    if int(axis) != axis:
        raise ShapeError(f"{op}: {name} must be a whole number, got {axis}")
    if not -rank <= axis < rank:
        why = f"outside [-{rank}, {rank})" if rank else "given"
        what = f"a tensor of rank {rank}" + ("" if rank else ", a single number without axes")
        raise ShapeError(f"{op}: {name} {axis} is {why} for {what}")
    return int(axis) % rank if rank else 0


def normalize_axes(
    axis: int | Sequence[int] | None, rank: int, op: str, name: str = "axis"
) -> tuple[int, ...]:
    """Sorted unique axes counted from the front; None and, as in TF.js, every axis where None is given.

    >>> normalize_axes([-1, 0], 3, "sum"), normalize_axes(None, 2, "sum")
    ((0, 2), (0, 1))
    """
    if axis is None:
        return tuple(range(rank))
    axes = list(axis) if isinstance(axis, Iterable) else [axis]
    normal = [normalize_axis(one, rank, op, name) for one in axes]
    return tuple(sorted(set(normal)))


def axes_of(axis: int | Iterable[int] | None) -> list[int]:
    """One axis or several as a list of ints; none for None.

    >>> axes_of(1), axes_of((0, -1)), axes_of(None)
    ([1], [0, -1], [])
    """
    if axis is None:
        return []
    return [int(one) for one in axis] if isinstance(axis, Iterable) else [int(axis)]


def reduced_shape(shape: Shape, axes: Sequence[int], keep_dims: bool) -> Shape:
    """Shape after reducing `axes` away (or to 1 with `keep_dims`).

    >>> reduced_shape((2, 3, 4), (1,), True)
    (2, 1, 4)
    """
    if keep_dims:
        return tuple(1 if i in axes else dim for i, dim in enumerate(shape))
    return tuple(dim for i, dim in enumerate(shape) if i not in axes)


def broadcast_shapes(a: Shape, b: Shape, op: str) -> Shape:
    """The shape that two shapes broadcast to; ShapeError where they do not.

    >>> broadcast_shapes((2, 1, 3), (4, 1), "add")
    (2, 4, 3)
    """
    rank = max(len(a), len(b))
    long_a, long_b = (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b
    out = []
    for x, y in zip(long_a, long_b, strict=True):
        if x != y and x != 1 and y != 1:
            raise ShapeError(
                f"{op}: shapes {list(a)} and {list(b)} do not broadcast: dims must be equal or 1"
            )
        out.append(y if x == 1 else x)
    return tuple(out)


def broadcast_axes(shape: Shape, out: Shape) -> tuple[int, ...]:
    """Axes of `out` along which a tensor of `shape` was repeated.

    >>> broadcast_axes((1, 3), (5, 2, 3))
    (0, 1)
    """
    pad = len(out) - len(shape)
    return tuple(i for i, dim in enumerate(out) if i < pad or (shape[i - pad] == 1 and dim != 1))


def row_major_strides(shape: Shape) -> tuple[int, ...]:
    """Elements between neighbours along each axis.

    >>> row_major_strides((2, 3, 4))
    (12, 4, 1)
    """
    strides, step = [], 1
    for dim in reversed(shape):
        strides.append(step)
        step *= dim
    return tuple(reversed(strides))


def collapse(shape: Shape, *strides: Sequence[int]) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    """Joins neighbouring dims along which every stride list walks as one dim would; drops dims of 1.

    Returns (dims, strides per list); at least one dim remains.

    >>> collapse((2, 3, 4), (12, 4, 1), (0, 0, 1))
    ((6, 4), [(4, 1), (0, 1)])
    """
    dims: list[int] = []
    walks: list[list[int]] = [[] for _ in strides]
    for axis, dim in enumerate(shape):
        if dim == 1:
            continue
        steps = [walk[axis] for walk in strides]
        if dims and all(kept[-1] == step * dim for kept, step in zip(walks, steps, strict=True)):
            dims[-1] *= dim
            for kept, step in zip(walks, steps, strict=True):
                kept[-1] = step
        else:
            dims.append(dim)
            for kept, step in zip(walks, steps, strict=True):
                kept.append(step)
    if not dims:
        return (1,), [(0,) for _ in strides]
    return tuple(dims), [tuple(walk) for walk in walks]
