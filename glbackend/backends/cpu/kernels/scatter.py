"""TensorScatterUpdate and SparseToDense in NumPy; where index tuples are equal the last one counts."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.index import flat_indices
from glbackend.base.dtypes import NUMPY
from glbackend.base.errors import ArgumentError
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


def _written(
    op: str, into: Array, indices: Array, values: Array, count: int, dims: Shape, strides: Shape
) -> Array:
    """`into`, seen as slices, with `values` (one, or one for each index) written in order."""
    tuples = indices.reshape(count, len(dims))
    places, outside = flat_indices(tuples, dims, strides)
    if outside.any():
        raise ArgumentError(
            f"{op}: invalid indices: {tuples[outside][0]} does not index into {list(into.shape)}"
        )
    last = {int(place): number for number, place in enumerate(places)}
    slices = into.reshape(int(np.prod(dims)), -1) if into.size else into
    if last and into.size:
        slices[list(last)] = values if values.ndim == 0 else values.reshape(count, -1)[list(last.values())]
    return slices.reshape(into.shape)


@kernel("TensorScatterUpdate", "cpu")
def tensor_scatter_update(
    cpu: Cpu,
    tensor: Handle,
    indices: Handle,
    updates: Handle,
    *,
    out: Spec,
    count: int,
    dims: Shape,
    strides: Shape,
) -> Handle:
    """The tensor with slices replaced; ArgumentError for a tuple that points outside."""
    into = cpu.array(tensor).copy()
    values = cpu.array(updates)
    found = _written("tensorScatterUpdate", into, cpu.array(indices), values, count, dims, strides)
    return cpu.handle(found, out)


@kernel("SparseToDense", "cpu")
def sparse_to_dense(
    cpu: Cpu,
    sparse_indices: Handle,
    sparse_values: Handle,
    default_value: Handle,
    *,
    out: Spec,
    count: int,
    dims: Shape,
    strides: Shape,
) -> Handle:
    """The default everywhere but where values are written; any dtype, strings too."""
    into = np.full(out.shape, cpu.array(default_value).reshape(-1)[0], NUMPY[out.dtype])
    values = cpu.array(sparse_values)
    return cpu.handle(
        _written("sparseToDense", into, cpu.array(sparse_indices), values, count, dims, strides), out
    )
