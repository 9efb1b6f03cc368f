"""Kernels that read and write by number: OneHot, GatherV2, GatherNd, ScatterNd."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.segment import segment_sums
from glbackend.base.dtypes import NUMPY
from glbackend.base.errors import ArgumentError
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


@kernel("OneHot", "cpu")
def one_hot(cpu: Cpu, indices: Handle, *, out: Spec, on_value: float, off_value: float) -> Handle:
    """A row for each index: `on_value` at its place, `off_value` elsewhere."""
    hit = cpu.array(indices)[..., None] == np.arange(out.shape[-1])
    kind = NUMPY[out.dtype].type
    return cpu.handle(np.where(hit, kind(on_value), kind(off_value)), out)


@kernel("GatherV2", "cpu")
def gather(
    cpu: Cpu,
    x: Handle,
    indices: Handle,
    *,
    out: Spec,
    batches: int,
    outer: int,
    depth: int,
    inner: Shape,
    count: int,
    zero_outside: bool,
    axis: int,
) -> Handle:
    """Slices of x along an axis, picked by number; a number outside raises or, if asked, gives zeros."""
    numbers = cpu.array(indices).reshape(batches, count)
    outside = (numbers < 0) | (numbers >= depth)
    found = outside.any()
    if found and not zero_outside:
        raise ArgumentError(f"GatherV2: the index value {numbers[outside][0]} is not in [0, {depth - 1}]")
    if found:
        numbers = np.where(outside, 0, numbers)
    if depth == 0:
        return cpu.handle(np.zeros(out.shape, NUMPY[out.dtype]), out)
    values = cpu.array(x).reshape(batches, outer, depth, *inner)
    if batches == 1:
        picked = values[0].take(numbers[0], axis=1)
    else:
        picked = values.swapaxes(1, 2)[np.arange(batches)[:, None], numbers].swapaxes(1, 2)
    if found:
        picked = picked.reshape(batches, outer, count, *inner)
        picked[np.broadcast_to(outside[:, None], picked.shape[:3])] = 0
    return cpu.handle(picked.reshape(out.shape), out)


def flat_indices(tuples: Array, dims: Shape, strides: Shape) -> tuple[Array, Array]:
    """Index tuples [count, parts] as single numbers, and which of them point outside."""
    outside: Array = np.any((tuples < 0) | (tuples >= np.asarray(dims)), axis=1)
    return tuples @ np.asarray(strides, dtype=np.int64), outside


@kernel("GatherNd", "cpu")
def gather_nd(cpu: Cpu, params: Handle, indices: Handle, *, out: Spec, dims: Shape, strides: Shape) -> Handle:
    """Slices picked by index tuples; ArgumentError for a tuple that points outside."""
    values = cpu.array(params)
    tuples = (
        cpu.array(indices).reshape(-1, len(dims))
        if dims
        else np.zeros((out.size // max(values.size, 1), 0), int)
    )
    places, outside = flat_indices(tuples, dims, strides)
    if outside.any():
        raise ArgumentError(
            f"gatherND: invalid indices: {tuples[outside][0]} does not index into {list(params.shape)}"
        )
    return cpu.handle(values.reshape(-1, *params.shape[len(dims) :])[places].reshape(out.shape), out)


@kernel("ScatterNd", "cpu")
def scatter_nd(
    cpu: Cpu, indices: Handle, updates: Handle, *, out: Spec, count: int, dims: Shape, strides: Shape
) -> Handle:
    """Updates added to zeros at index tuples; ArgumentError for a tuple that points outside."""
    tuples = cpu.array(indices).reshape(count, len(dims))
    places, outside = flat_indices(tuples, dims, strides)
    if outside.any():
        raise ArgumentError(
            f"scatterND: invalid indices: {tuples[outside][0]} does not index into {list(out.shape)}"
        )
    slices = cpu.array(updates).reshape(count, *out.shape[len(dims) :])
    segments = int(np.prod(dims))
    return cpu.handle(segment_sums(slices, places, segments).reshape(out.shape), out)
