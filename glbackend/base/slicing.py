"""Arithmetic of slices, splits and paddings: from what users may write to begins, strides and sizes."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from glbackend.base.errors import ArgumentError, OutOfRangeError, ShapeError
from glbackend.base.shapes import Shape


class Cut(NamedTuple):
    """A strided slice: first element, step and number of elements along each axis, and the result's shape.

    `shape` differs from `size` where axes were added or dropped.
    """

    begin: tuple[int, ...]
    strides: tuple[int, ...]
    size: Shape
    shape: Shape


def slice_window(
    shape: Shape, begin: int | Sequence[int], size: int | Sequence[int] | None, op: str
) -> tuple[Shape, Shape]:
    """First elements and sizes of a slice, filled up to the rank; size -1 (or absent) reaches to the end.

    >>> slice_window((4, 5), 1, [2], "slice")
    ((1, 0), (2, 5))
    """
    starts = _filled(begin, 0, len(shape), f"{op}: begin")
    sizes = _filled(-1 if size is None else size, -1, len(shape), f"{op}: size")
    for axis, (dim, start, length) in enumerate(zip(shape, starts, sizes, strict=True)):
        if start < 0:
            raise ShapeError(
                f"{op}: slice() does not support negative begin indexing, got {start} on axis {axis}"
            )
        if length < -1 or start + max(length, 0) > dim:
            raise ShapeError(
                f"{op}: begin {start} and size {length} on axis {axis} leave the {dim} elements of shape "
                f"{list(shape)}: need 0 <= begin, begin + size <= {dim} (size -1: to the end)"
            )
    rest = tuple(dim - start if n == -1 else n for dim, start, n in zip(shape, starts, sizes, strict=True))
    return starts, rest


def _filled(given: int | Sequence[int], value: int, rank: int, what: str) -> tuple[int, ...]:
    raw = tuple(given) if isinstance(given, Iterable) else (given,)
    values = tuple(int(one) for one in raw)
    if values != raw:
        raise ArgumentError(f"{what} {list(raw)} must hold whole numbers")
    if len(values) > rank:
        raise ShapeError(f"{what} {list(values)} has {len(values)} entries for a tensor of rank {rank}")
    return values + (value,) * (rank - len(values))


def strided_cut(
    shape: Shape,
    begin: Sequence[int],
    end: Sequence[int],
    strides: Sequence[int],
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
) -> Cut:
    """What TensorFlow's strided slice takes, with all its masks (bit i speaks of entry i).

    >>> strided_cut((4, 5), [3], [0], [-2])
    Cut(begin=(3, 0), strides=(-2, 1), size=(2, 5), shape=(2, 5))
    """
    if not len(begin) == len(end) == len(strides):
        raise ShapeError(
            f"strided_slice: begin, end and strides have {len(begin)}, {len(end)} and {len(strides)} entries"
        )
    if ellipsis_mask & (ellipsis_mask - 1):
        raise ArgumentError("strided_slice: more than one ellipsis")
    entries = range(len(begin))
    ellipsis = next((i for i in entries if ellipsis_mask >> i & 1), len(begin))
    given = sum(1 for i in entries if i != ellipsis and not new_axis_mask >> i & 1)
    if given > len(shape):
        raise ShapeError(f"strided_slice: {given} axes are sliced of a tensor of shape {list(shape)}")
    starts: list[int] = []
    steps: list[int] = []
    sizes: list[int] = []
    result: list[int] = []

    def keep(count: int) -> None:
        for _ in range(count):
            dim = shape[len(sizes)]
            result.append(dim)
            starts.append(0)
            steps.append(1)
            sizes.append(dim)

    for i in entries:
        if i == ellipsis:
            keep(len(shape) - given)
        elif new_axis_mask >> i & 1:
            result.append(1)
        else:
            dim, shrink = shape[len(sizes)], bool(shrink_axis_mask >> i & 1)
            low = None if begin_mask >> i & 1 else begin[i]
            high = None if end_mask >> i & 1 else end[i]
            start, count = _range(dim, len(sizes), low, high, strides[i], shrink)
            starts.append(start)
            steps.append(1 if shrink or count <= 1 else strides[i])
            sizes.append(count)
            if not shrink:
                result.append(count)
    keep(len(shape) - len(sizes))
    return Cut(tuple(starts), tuple(steps), tuple(sizes), tuple(result))


def _range(
    dim: int, axis: int, begin: int | None, end: int | None, stride: int, shrink: bool
) -> tuple[int, int]:
    """First element and number of elements along one axis, as Python's own slices have it."""
    if stride == 0:
        raise ArgumentError(f"strided_slice: the stride of axis {axis} is 0: must be another number")
    if shrink:
        index = begin or 0
        if stride < 0:
            raise ArgumentError(f"strided_slice: axis {axis} is indexed by a number: its stride must be 1")
        if not -dim <= index < dim:
            raise OutOfRangeError(f"strided_slice: index {index} of axis {axis} is outside [-{dim}, {dim})")
        return index % dim, 1
    taken = range(*slice(begin, end, stride).indices(dim))
    return (taken.start if len(taken) else 0), len(taken)


def split_sizes(dim: int, num_or_size_splits: int | Sequence[int]) -> tuple[int, ...]:
    """Sizes of the parts of an axis of `dim` elements: equal, or as given, one of which may be -1 (the rest).

    >>> split_sizes(6, 3), split_sizes(6, [1, -1])
    ((2, 2, 2), (1, 5))
    """
    if not isinstance(num_or_size_splits, Sequence):
        count = int(num_or_size_splits)
        if count <= 0 or dim % count:
            raise ShapeError(f"split: {count} parts do not divide the {dim} elements of the axis evenly")
        return (dim // count,) * count
    sizes = [int(size) for size in num_or_size_splits]
    if sizes.count(-1) > 1 or any(size < -1 for size in sizes):
        raise ShapeError(f"split: sizes {sizes} must be at least 0, with at most one -1")
    if -1 in sizes:
        sizes[sizes.index(-1)] = dim - (sum(sizes) + 1)
    if min(sizes, default=0) < 0 or sum(sizes) != dim:
        raise ShapeError(
            f"split: sizes {list(num_or_size_splits)} must add up to the {dim} elements of the axis"
        )
    return tuple(sizes)


def check_pairs(
    pairs: Sequence[Sequence[int]], count: int, op: str, name: str, negative: bool = False
) -> tuple[tuple[int, int], ...]:
    """`count` pairs (before, after) of at least 0, unless they may be `negative`.

    >>> check_pairs([[1, 2]], 1, "pad", "paddings")
    ((1, 2),)
    """
    if len(pairs) != count or any(len(pair) != 2 for pair in pairs):
        raise ShapeError(
            f"{op}: {name} {[list(pair) for pair in pairs]} must be {count} pairs [before, after]"
        )
    checked = tuple((int(before), int(after)) for before, after in pairs)
    if not negative and any(before < 0 or after < 0 for before, after in checked):
        raise ShapeError(f"{op}: {name} {[list(pair) for pair in pairs]} must not be negative")
    return checked
