"""Kernels over sparse tensors, whose work is to count and to renumber; and sums of picked rows by segment."""

import math
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.errors import ArgumentError
from glbackend.base.segments import segment_starts
from glbackend.base.shapes import Shape, Spec, row_major_strides
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


@kernel("SparseFillEmptyRows", "cpu")
def sparse_fill_empty_rows(
    cpu: Cpu,
    indices: Handle,
    values: Handle,
    dense_shape: Handle,
    default_value: Handle,
    *,
    out: tuple[Spec, ...],
) -> tuple[Handle, ...]:
    """The default value in column 0 of each row that has none; all in the order of rows."""
    places, array = cpu.array(indices), cpu.array(values)
    count, rank = places.shape
    rows = int(cpu.array(dense_shape)[0])
    if rows == 0 and count:
        raise ArgumentError(f"Received SparseTensor with denseShape[0] = 0 but indices.shape[0] = {count}")
    for i in np.flatnonzero((places[:, 0] < 0) | (places[:, 0] >= rows))[:1]:
        row = places[i, 0]
        raise ArgumentError(f"indices({i}, 0) is invalid: {row} {'< 0' if row < 0 else f'>= {rows}'}")
    empty = np.bincount(places[:, 0], minlength=rows) == 0
    added = np.flatnonzero(empty)
    extra = np.zeros((added.size, rank), np.int32)
    extra[:, 0] = added
    full = np.concatenate([places, extra])
    order = np.argsort(full[:, 0], kind="stable")
    filled = np.concatenate([array, np.full(added.size, cpu.array(default_value).item(), array.dtype)])
    reverse = np.empty(order.size, np.int32)
    reverse[order] = np.arange(order.size)
    found = full[order], filled[order], empty, reverse[:count]
    made = zip(map(np.ascontiguousarray, found), out, strict=True)
    return tuple(Handle.of(array, Spec(array.shape, spec.dtype)) for array, spec in made)


def _new_shape(old: Shape, new: Shape) -> Shape:
    """`new` with its -1 filled in; ArgumentError where it does not hold what `old` held."""
    size, unknown = math.prod(old), [i for i, dim in enumerate(new) if dim == -1]
    if len(unknown) > 1:
        raise ArgumentError(f"only one output dimension may be -1, not both {unknown[0]} and {unknown[1]}")
    for i, dim in enumerate(new):
        if dim < -1:
            raise ArgumentError(f"size {i} must be non-negative, not {dim}")
    known = math.prod(dim for dim in new if dim != -1)
    if unknown:
        if known == 0:
            raise ArgumentError(
                "reshape cannot infer the missing input size for an empty tensor "
                "unless all specified input sizes are non-zero"
            )
        if size % known:
            raise ArgumentError(
                f"Input to reshape is a SparseTensor with {size} dense values, but the requested shape "
                f"requires a multiple of {known}. inputShape={list(old)} outputShape={list(new)}"
            )
        return tuple(size // known if dim == -1 else dim for dim in new)
    if known != size:
        raise ArgumentError(
            f"Input to reshape is a tensor with {size} dense values, but the requested shape has {known}. "
            f"inputShape={list(old)} outputShape={list(new)}"
        )
    return new


@kernel("SparseReshape", "cpu")
def sparse_reshape(
    cpu: Cpu, input_indices: Handle, input_shape: Handle, new_shape: Handle, *, out: tuple[Spec, Spec]
) -> tuple[Handle, Handle]:
    """Places as flat numbers, and those as places of the new shape."""
    old = tuple(cpu.array(input_shape).tolist())
    new = _new_shape(old, tuple(cpu.array(new_shape).tolist()))
    flat = cpu.array(input_indices).astype(np.int64) @ np.array(row_major_strides(old), np.int64)
    found = np.zeros(out[0].shape, np.int64)
    for axis, stride in enumerate(row_major_strides(new)):
        if stride:
            found[:, axis], flat = flat // stride, flat % stride
    return cpu.handle(found, out[0]), cpu.handle(np.array(new, np.int32), out[1])


def _sums(cpu: Cpu, data: Handle, indices: Handle, segment_ids: Handle) -> tuple[Array, Array]:
    """Sums by segment in 64 bits, and how many rows each has."""
    array, ids, picked = cpu.array(data), cpu.array(segment_ids), cpu.array(indices)
    starts = segment_starts(ids, picked, array.shape[0])
    counts = np.diff(starts)
    wide = np.float64 if array.dtype.kind == "f" else np.int64
    total = np.zeros((counts.size, *array.shape[1:]), wide)
    if picked.size:
        total[counts > 0] = np.add.reduceat(array[picked], starts[:-1][counts > 0], axis=0, dtype=wide)
    return total, counts


def _summed(array: Array, out: Spec, cpu: Cpu) -> Handle:
    return cpu.handle(array, Spec(array.shape, out.dtype))


@kernel("SparseSegmentSum", "cpu")
def sparse_segment_sum(cpu: Cpu, data: Handle, indices: Handle, segment_ids: Handle, *, out: Spec) -> Handle:
    """Sums; a segment without rows is 0, int32 wraps."""
    return _summed(_sums(cpu, data, indices, segment_ids)[0], out, cpu)


@kernel("SparseSegmentMean", "cpu")
def sparse_segment_mean(cpu: Cpu, data: Handle, indices: Handle, segment_ids: Handle, *, out: Spec) -> Handle:
    """Means; a segment without rows is 0, those of int32 are cut towards 0."""
    total, counts = _sums(cpu, data, indices, segment_ids)
    divisor = np.maximum(counts, 1).reshape(-1, *(1,) * (total.ndim - 1))
    if out.dtype == "float32":
        return _summed(total / divisor, out, cpu)
    wrapped = total.astype(np.int32).astype(np.int64)
    return _summed(np.sign(wrapped) * (np.abs(wrapped) // divisor), out, cpu)
