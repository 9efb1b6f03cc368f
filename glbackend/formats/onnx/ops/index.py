"""Operators that read and write by number."""

import builtins
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glbackend.base.dtypes import infer_dtype
from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import Array, onnx_op
from glbackend.formats.onnx.host import host_values, on_host, whole, within
from glbackend.ops import arithmetic, comparison
from glbackend.ops import index as numbered
from glbackend.ops import unique as chosen
from glbackend.ops.concat import concat as joined
from glbackend.ops.create import fill
from glbackend.ops.pad import mirror_pad
from glbackend.ops.pad import pad as padded
from glbackend.ops.scatter import tensor_scatter_update
from glbackend.ops.slice import strided_slice


def from_front(indices: Tensor, size: int) -> Tensor:
    """Indices of which negative ones count from the end, counted from the front."""
    if on_host(indices):
        found = host_values(indices)
        if found.size and (found.min() < -size or found.max() >= size):
            raise ValueError(f"indices {found.min()}..{found.max()} must lie in [-{size}, {size})")
        return whole(np.where(found < 0, found + size, found)) if found.size and found.min() < 0 else indices
    return indices + comparison.less(indices, 0).cast("int32") * size


@onnx_op("Gather")
def gather(x: Tensor, indices: Tensor, *, axis: int = 0) -> Tensor:
    """Slices along an axis, by number."""
    return numbered.gather(x, from_front(indices, x.shape[axis]), axis)


def element_numbers(shape: Sequence[int], indices: Tensor, axis: int) -> Tensor:
    """For each index along an axis the number of its element in a tensor of a shape, flattened."""
    strides = [math.prod(shape[i + 1 :]) for i in range(len(shape))]
    grid = sum(
        (
            np.arange(size).reshape([-1 if i == d else 1 for i in range(len(shape))]) * strides[d]
            for d, size in enumerate(indices.shape)
            if d != axis
        ),
        np.zeros(indices.shape, np.int64),
    )
    return from_front(indices, shape[axis]) * strides[axis] + whole(np.broadcast_to(grid, indices.shape))


@onnx_op("GatherElements")
def gather_elements(x: Tensor, indices: Tensor, *, axis: int = 0) -> Tensor:
    """For each place of `indices` the element whose coordinate along an axis it is."""
    numbers = element_numbers(x.shape, indices, axis % x.rank)
    return numbered.gather(x.reshape((x.size,)), numbers)


def rows_from_front(indices: Tensor, dims: Sequence[int]) -> Tensor:
    """Rows of coordinates of which negative ones count from the end, counted from the front."""
    if on_host(indices):
        return whole(np.where((found := host_values(indices)) < 0, found + np.array(dims), found))
    return indices + comparison.less(indices, 0).cast("int32") * whole(list(dims))


@onnx_op("GatherND")
def gather_nd(x: Tensor, indices: Tensor, *, batch_dims: int = 0) -> Tensor:
    """The slices that rows of coordinates address, behind dims that both have."""
    depth = indices.shape[-1]
    rows = rows_from_front(indices, x.shape[batch_dims : batch_dims + depth])
    if batch_dims:
        shape = indices.shape[:batch_dims]
        grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1)
        grid = grid.reshape((*shape, *(1,) * (indices.rank - 1 - batch_dims), batch_dims))
        rows = concat_last(whole(np.broadcast_to(grid, (*indices.shape[:-1], batch_dims))), rows)
    return numbered.gather_nd(x, rows)


def concat_last(a: Tensor, b: Tensor) -> Tensor:
    """Two tensors side by side."""
    return joined([a, b], -1)


Meet = Callable[[Tensor, Tensor], Tensor]
MEETINGS: dict[str, Meet] = {
    "add": arithmetic.add, "mul": arithmetic.mul, "max": arithmetic.maximum, "min": arithmetic.minimum,
}  # fmt: skip


def _meeting(reduction: str) -> Meet:
    if reduction not in MEETINGS:
        raise ValueError(f"reduction must be none, {', '.join(MEETINGS)}, not {reduction!r}")
    return MEETINGS[reduction]


def written(x: Tensor, rows: Tensor, updates: Tensor, reduction: str) -> Tensor:
    """x with slices replaced by updates (`rows` [count, depth] address them), or met with those.

    Of rows that are equal the sum of all counts, or their product, largest, smallest: updates go in rounds,
    of which none writes a slice twice.
    """
    if reduction == "none":
        return tensor_scatter_update(x, rows, updates)
    if reduction == "add":
        return x + numbered.scatter_nd(rows, updates, x.shape)
    meet = _meeting(reduction)
    for chosen_rows in _rounds(rows.numpy()):
        places = whole(chosen_rows)
        at, given = numbered.gather(rows, places), numbered.gather(updates, places)
        x = tensor_scatter_update(x, at, meet(numbered.gather_nd(x, at), given))
    return x


def _rounds(rows: Array) -> list[list[int]]:
    found: list[list[int]] = []
    seen: dict[tuple[int, ...], int] = {}
    for i, row in enumerate(map(tuple, rows.tolist())):
        turn = seen.get(row, 0)
        seen[row] = turn + 1
        if turn == len(found):
            found.append([])
        found[turn].append(i)
    return found


@onnx_op("ScatterND")
def scatter_nd(x: Tensor, indices: Tensor, updates: Tensor, *, reduction: str = "none") -> Tensor:
    """x with the slices that rows of coordinates address replaced, or met with updates."""
    depth = indices.shape[-1]
    rows = rows_from_front(indices, x.shape[:depth])
    count = math.prod(indices.shape[:-1])
    return written(x, rows.reshape((count, depth)), updates.reshape((count, *x.shape[depth:])), reduction)


@onnx_op("Scatter", "ScatterElements")
def scatter_elements(
    x: Tensor, indices: Tensor, updates: Tensor, *, axis: int = 0, reduction: str = "none"
) -> Tensor:
    """x with the elements whose coordinate along an axis is an index replaced, or met with updates."""
    numbers = element_numbers(x.shape, indices, axis % x.rank).reshape((indices.size, 1))
    flat = written(x.reshape((x.size,)), numbers, updates.reshape((updates.size,)), reduction)
    return flat.reshape(x.shape)


@onnx_op("TensorScatter")
def tensor_scatter(
    x: Tensor, update: Tensor, write_indices: list[int] | None = None, *, axis: int = -2, mode: str = "linear"
) -> Tensor:
    """A cache x with updates written along an axis, for each batch from a place on; round where circular."""
    at, size, count = axis % x.rank, x.shape[axis], update.shape[axis]
    starts = write_indices or [0] * x.shape[0]
    places = np.array(starts)[:, None] + np.arange(count)
    places = places % size if mode == "circular" else places
    shape = [1] * x.rank
    shape[0], shape[at] = len(starts), count
    indices = whole(np.broadcast_to(places.reshape(shape), update.shape))
    return scatter_elements(x, indices, update, axis=at)


@onnx_op("Slice")
def slice_by_attributes(
    x: Tensor, *, starts: Sequence[int], ends: Sequence[int], axes: Sequence[int] | None = None
) -> Tensor:
    """Windows along axes."""
    return slice_by_inputs(x, list(starts), list(ends), list(axes) if axes else None)


@onnx_op("Slice", since=10)
def slice_by_inputs(
    x: Tensor,
    starts: list[int],
    ends: list[int],
    axes: list[int] | None = None,
    steps: list[int] | None = None,
) -> Tensor:
    """Windows along axes, with steps, backwards too; what lies outside is left out."""
    ranges = [range(size) for size in x.shape]
    for axis, start, end, step in zip(
        range(len(starts)) if axes is None else axes, starts, ends, steps or [1] * len(starts), strict=True
    ):
        ranges[axis] = span(x.shape[axis], start, end, step)
    if not x.rank:
        return x
    if not all(map(len, ranges)):
        return fill([len(one) for one in ranges], 0, x.dtype)
    begin = [one[0] for one in ranges]
    lasts = [one[-1] + (1 if one.step > 0 else -1) for one in ranges]
    # an end before the first element would count from the back
    mask = sum(1 << i for i, last in enumerate(lasts) if last < 0)
    return strided_slice(x, begin, [max(last, 0) for last in lasts], [one.step for one in ranges], 0, mask)


def span(size: int, start: int, end: int, step: int) -> range:
    """The places along an axis; unlike Python's a start before the first element is that, backwards too.

    >>> list(span(3, -9, 9, 2)), list(span(3, -9, -9, -2))
    ([0, 2], [0])
    """
    start, end = (one + size if one < 0 else one for one in (start, end))
    if step > 0:
        return range(min(max(start, 0), size), min(max(end, 0), size), step)
    return range(min(max(start, 0), size - 1), min(max(end, -1), size - 1), step)


@onnx_op("Compress")
def compress(x: Tensor, condition: Array, *, axis: int | None = None) -> Tensor:
    """The slices along an axis, or of all elements, where a condition holds."""
    if axis is None:
        x, axis = x.reshape((x.size,)), 0
    return numbered.gather(x, whole(np.flatnonzero(condition)), axis)


@onnx_op("NonZero")
def non_zero(x: Tensor) -> Tensor:
    """The coordinates of what is not 0, a row for each dim."""
    true = x if x.dtype == "bool" else comparison.not_equal(x, 0)
    return chosen.argwhere(true if x.rank else true.reshape((1,))).transpose((1, 0))


@onnx_op("OneHot")
def one_hot(indices: Tensor, depth: int, values: Array, *, axis: int = -1) -> Tensor:
    """One of two values: the second where a new dim counts the index, else the first."""
    off, on = values.reshape(-1)
    dtype = infer_dtype(values)
    numbers = indices if indices.dtype == "int32" else indices.cast("int32")
    numbers = numbers + comparison.less(numbers, 0).cast("int32") * depth
    y = numbers.one_hot(depth, on.item(), off.item(), dtype)
    at = axis % y.rank
    return y if at == y.rank - 1 else y.transpose([*range(at), y.rank - 1, *range(at, y.rank - 1)])


@onnx_op("ReverseSequence")
def reverse_sequence(x: Tensor, lengths: list[int], *, batch_axis: int = 1, time_axis: int = 0) -> Tensor:
    """The first elements of each sequence in reverse order."""
    steps = np.arange(x.shape[time_axis])[:, None]
    limits = np.array(lengths)[None]
    places = np.where(steps < limits, limits - 1 - steps, steps)
    shape = [1] * x.rank
    shape[time_axis], shape[batch_axis] = places.shape
    ordered = places if time_axis < batch_axis else places.T
    return gather_elements(x, whole(np.broadcast_to(ordered.reshape(shape), x.shape)), axis=time_axis)


@onnx_op("Unique")
def unique(x: Tensor, *, axis: int | None = None, sorted: int = 1) -> Any:
    """Different slices: they, where each is first, which one each is, how many there are."""
    if axis is None:
        x, axis = x.reshape((x.size,)), 0
    values, numbers = chosen.unique(x, axis)
    given = host_values(numbers)
    count = values.shape[axis]
    first = np.array([int(np.argmax(given == i)) for i in range(count)], np.int64)
    counts = np.bincount(given, minlength=count)
    if not sorted:
        return values, whole(first), whole(given), whole(counts)
    slices = np.moveaxis(values.numpy(), axis, 0).reshape((count, -1))
    order = np.array(builtins.sorted(range(count), key=lambda i: tuple(slices[i].tolist())), np.int64)
    place = np.empty(count, np.int64)
    place[order] = np.arange(count)
    values = numbered.gather(values, whole(order), axis)
    return values, whole(first[order]), whole(place[given]), whole(counts[order])


@onnx_op("Pad", since=2)
def pad_by_attributes(
    x: Tensor, *, pads: Sequence[int], mode: str = "constant", value: float = 0.0
) -> Tensor:
    """A border."""
    return _bordered(x, list(pads), mode, value, None)


@onnx_op("Pad", since=11)
def pad_by_inputs(
    x: Tensor,
    pads: list[int],
    value: Array | None = None,
    axes: list[int] | None = None,
    *,
    mode: str = "constant",
) -> Tensor:
    """A border of a value, of the edge, of what lies behind it mirrored or from the other side."""
    return _bordered(
        x, pads, mode, 0 if value is None or not value.size else value.reshape(-1)[0].item(), axes
    )


def _bordered(x: Tensor, pads: list[int], mode: str, value: Any, axes: list[int] | None) -> Tensor:
    pairs = [(0, 0)] * x.rank
    half = len(pads) // 2
    for axis, before, after in zip(axes or range(x.rank), pads[:half], pads[half:], strict=True):
        pairs[axis] = (before, after)
    if mode == "constant":
        return padded(x, pairs, value) if x.rank else x
    if mode == "reflect" and all(
        0 <= n < size for pair, size in zip(pairs, x.shape, strict=True) for n in pair
    ):
        return mirror_pad(x, pairs, "reflect")
    for axis, (pair, size) in enumerate(zip(pairs, x.shape, strict=True)):
        if any(pair):
            x = numbered.gather(
                x, whole(_sources(np.arange(-pair[0], within(size + pair[1])), size, mode)), axis
            )
    return x


def _sources(places: Array, size: int, mode: str) -> Array:
    if mode == "edge":
        return np.clip(places, 0, size - 1)
    if mode == "wrap":
        return places % size
    if mode == "reflect":
        period = max(2 * (size - 1), 1)
        turned: Array = places % period
        return np.minimum(turned, period - turned) if size > 1 else turned * 0
    raise ValueError(f"mode must be constant, reflect, edge or wrap, not {mode!r}")
