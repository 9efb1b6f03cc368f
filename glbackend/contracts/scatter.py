"""Contracts of kernels that write by number: TensorScatterUpdate, SparseToDense; ScatterNd is in `index`."""

import math
from collections.abc import Sequence

from glbackend.base.errors import DtypeError, ShapeError
from glbackend.base.shapes import Shape, Spec, check_shape, row_major_strides
from glbackend.contracts.contract import Checked, contract
from glbackend.contracts.index import need_int32


def _sizes(count: int, dims: Shape) -> dict[str, int | Shape]:
    return {"count": count, "dims": dims, "strides": row_major_strides(dims)}


@contract("TensorScatterUpdate")
def tensor_scatter_update(tensor: Spec, indices: Spec, updates: Spec) -> Checked:
    """Each row of `indices` is a tuple that says which slice of the tensor an update replaces."""
    op = "tensorScatterUpdate"
    need_int32(indices, op)
    if min(indices.rank, updates.rank, tensor.rank) < 1:
        raise ShapeError(f"{op}: tensor, indices and updates must have rank 1 or higher")
    if tensor.dtype != updates.dtype:
        raise DtypeError(
            f"{op}: tensor and updates must have the same dtype, instead they are {tensor.dtype} "
            f"and {updates.dtype}"
        )
    if tensor.dtype not in ("float32", "int32", "bool"):
        raise DtypeError(f"{op}: tensor must be float32, int32 or bool, got {tensor.dtype}")
    parts = indices.shape[-1] if indices.rank > 1 else 1
    batch = indices.shape[:-1] if indices.rank > 1 else indices.shape
    if parts > tensor.rank or updates.shape != batch + tensor.shape[parts:]:
        raise ShapeError(
            f"{op}: must have updates.shape = indices.shape[:-1] + tensor.shape[{parts}:], got updates "
            f"{list(updates.shape)}, indices {list(indices.shape)}, tensor {list(tensor.shape)}"
        )
    return Checked(tensor, _sizes(math.prod(batch), tensor.shape[:parts]))


@contract("SparseToDense")
def sparse_to_dense(
    sparse_indices: Spec, sparse_values: Spec, default_value: Spec, *, output_shape: Sequence[int]
) -> Checked:
    """One value for all index tuples, or one for each."""
    op = "sparseToDense"
    need_int32(sparse_indices, op, "sparse_indices")
    shape = check_shape(output_shape, op)
    if sparse_indices.rank > 2:
        raise ShapeError(
            f"{op}: sparse_indices must be a scalar, vector, or matrix, got {list(sparse_indices.shape)}"
        )
    count = sparse_indices.shape[0] if sparse_indices.rank else 1
    parts = sparse_indices.shape[1] if sparse_indices.rank > 1 else 1
    if len(shape) != parts:
        raise ShapeError(f"{op}: output_shape has {len(shape)} dims, but an index has {parts}")
    if sparse_values.shape not in ((), (count,)):
        raise ShapeError(
            f"{op}: sparse_values has incorrect shape {list(sparse_values.shape)}, should be [] or [{count}]"
        )
    if default_value.size != 1:
        raise ShapeError(f"{op}: default_value must be one value, got shape {list(default_value.shape)}")
    if sparse_values.dtype != default_value.dtype:
        raise DtypeError(
            f"{op}: sparse_values ({sparse_values.dtype}) and default_value ({default_value.dtype}) must "
            "have the same dtype"
        )
    if sparse_values.dtype == "complex64":
        raise DtypeError(f"{op}: sparse_values must not be complex64")
    return Checked(Spec(shape, sparse_values.dtype), _sizes(count, shape))
