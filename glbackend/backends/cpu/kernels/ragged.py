"""Kernels over ragged tensors. They run on the host whatever the backend: their work is to count rows."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]
INT32_MAX = 2**31 - 1


def _made(array: Array, spec: Spec) -> Handle:
    """A handle whose shape only the values decided."""
    return Handle.of(np.ascontiguousarray(array), Spec(array.shape, spec.dtype))


def _check_splits(nested: list[Array], count: int) -> None:
    """ArgumentError where splits do not cut what lies below them into rows."""
    for splits, below in zip(nested, [*(len(inner) for inner in nested[1:]), count], strict=True):
        if not splits.size:
            raise ArgumentError("Ragged splits may not be empty")
        if splits[0] < 0:
            raise ArgumentError("Ragged splits must be non-negative")
        if splits[-1] > below:
            raise ArgumentError("Ragged splits must not point past values")
        if (np.diff(splits) < 0).any():
            raise ArgumentError("Ragged splits must be sorted in ascending order")


def _ranges(starts: Array, limits: Array) -> Array:
    """The whole numbers of the ranges, one range after the other."""
    lengths = limits - starts
    before = np.cumsum(lengths) - lengths
    numbers: Array = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
    return numbers


def _splits(lengths: Array) -> Array:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)


@kernel("RaggedGather", "cpu")
def ragged_gather(
    cpu: Cpu,
    params_nested_splits: list[Handle],
    params_dense_values: Handle,
    indices: Handle,
    *,
    out: tuple[Spec, ...],
) -> tuple[Handle, ...]:
    """Rows picked by number, level by level: the rows of a level say which of the next are picked."""
    nested = [cpu.array(splits).astype(np.int64) for splits in params_nested_splits]
    values, numbers = cpu.array(params_dense_values), cpu.array(indices)
    rows = len(nested[0]) - 1
    for place, number in np.ndenumerate(numbers):
        if not 0 <= number < rows:
            raise ArgumentError(f"indices[{','.join(map(str, place))}] = {number} is not in [0, {rows})")
    _check_splits(nested, len(values))
    found = []
    for axis in range(1, numbers.ndim):
        found.append(_splits(np.full(int(np.prod(numbers.shape[:axis])), numbers.shape[axis])))
    picked = numbers.reshape(-1).astype(np.int64)
    for level, splits in enumerate(nested):
        starts, limits = splits[picked], splits[picked + 1]
        if level > 0 or numbers.ndim > 0:
            found.append(_splits(limits - starts))
        picked = _ranges(starts, limits)
    return tuple(_made(array, spec) for array, spec in zip([*found, values[picked]], out, strict=True))


@kernel("RaggedRange", "cpu")
def ragged_range(
    cpu: Cpu, starts: Handle, limits: Handle, deltas: Handle, *, out: tuple[Spec, Spec], rows: int
) -> tuple[Handle, Handle]:
    """Arithmetic progressions, one a row."""
    start, limit, delta = (
        np.broadcast_to(cpu.array(x), (rows,)).astype(np.float64) for x in (starts, limits, deltas)
    )
    if (delta == 0).any():
        raise ArgumentError("Requires delta != 0")
    sizes = np.maximum(np.ceil((limit - start) / delta), 0)
    if not (sizes <= INT32_MAX).all():
        raise ArgumentError(f"Requires ((limit - start) / delta) <= {INT32_MAX}")
    lengths = sizes.astype(np.int64)
    steps = _ranges(np.zeros(rows, np.int64), lengths)
    values = np.repeat(start, lengths) + steps * np.repeat(delta, lengths)
    return cpu.handle(_splits(lengths), out[0]), _made(values.astype(cpu.array(starts).dtype), out[1])


def _columns(partition: Array, kind: str, parents: int) -> tuple[Array, Array]:
    """For each entry of a partitioned level the row that it belongs to, and its place in that row."""
    if kind == "ROW_SPLITS":
        lengths = np.diff(partition)
        if len(lengths) > parents:
            raise ArgumentError(
                f"ragged_tensor_to_tensor: row splits for {len(lengths)} rows, but there are {parents}"
            )
        if partition[0] != 0 or (lengths < 0).any():
            raise ArgumentError("ragged_tensor_to_tensor: row splits must begin with 0 and never fall")
        return np.repeat(np.arange(len(lengths)), lengths), _ranges(np.zeros_like(lengths), lengths)
    if partition.size and not 0 <= partition.min() <= partition.max() < parents:
        raise ArgumentError(
            f"ragged_tensor_to_tensor: row ids must lie in [0, {parents}), got {partition.tolist()}"
        )
    here = np.arange(len(partition))
    first = np.concatenate([[True], partition[1:] != partition[:-1]])[: len(partition)]
    return partition, here - np.maximum.accumulate(np.where(first, here, 0))


def _first_size(partition: Array, kind: str) -> int:
    if not partition.size:
        raise ArgumentError("ragged_tensor_to_tensor: the first partition must have one element at least")
    return int(partition.ravel()[0]) if kind == "FIRST_DIM_SIZE" else len(partition) - 1


@kernel("RaggedTensorToTensor", "cpu")
def ragged_tensor_to_tensor(
    cpu: Cpu,
    shape: Handle,
    values: Handle,
    default_value: Handle,
    row_partition_tensors: list[Handle],
    *,
    out: Spec,
    types: tuple[str, ...],
    levels: int,
) -> Handle:
    """Level by level where each entry lands in the result; what lands outside is dropped."""
    partitions = [cpu.array(partition).astype(np.int64) for partition in row_partition_tensors]
    array = cpu.array(values)
    asked = cpu.array(shape).reshape(-1).tolist()
    sizes = asked if shape.spec.rank else [-1] * out.rank
    rows = _first_size(partitions[0], types[0])
    size = sizes[0] if sizes[0] >= 0 else rows
    dims = [size]
    at = np.where(np.arange(rows) < size, np.arange(rows), -1)
    for level in range(levels):
        skipped = len(types) - levels
        parents, columns = _columns(partitions[level + skipped], types[level + skipped], len(at))
        widest = int(columns.max()) + 1 if columns.size else 0
        size = sizes[level + 1] if sizes[level + 1] >= 0 else widest
        above = at[parents]
        at = np.where((above >= 0) & (columns < size), above * size + columns, -1)
        dims.append(size)
    inner = array.shape[1:]
    for i, (wanted, dim) in enumerate(zip(sizes[levels + 1 :], inner, strict=True), levels + 1):
        if wanted not in (-1, dim):
            raise ShapeError(
                f"ragged_tensor_to_tensor: shape[{i}] = {wanted} and the values' dim {dim} are incompatible"
            )
    if len(at) != len(array):
        raise ArgumentError(
            f"ragged_tensor_to_tensor: the partitions speak of {len(at)} values, got {len(array)}"
        )
    result = np.empty((int(np.prod(dims)), *inner), array.dtype)
    result[...] = cpu.array(default_value)
    result[at[at >= 0]] = array[at >= 0]
    return _made(result.reshape(*dims, *inner), out)
