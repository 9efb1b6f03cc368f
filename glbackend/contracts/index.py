"""Contracts of kernels that read and write by number: OneHot, GatherV2, GatherNd, ScatterNd."""

import math
from collections.abc import Sequence

from glbackend.base.dtypes import check_dtype
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec, check_shape, normalize_axis, row_major_strides
from glbackend.contracts.contract import Checked, contract


def need_int32(indices: Spec, op: str, name: str = "indices") -> None:
    """DtypeError where a tensor that holds numbers of places is not int32."""
    if indices.dtype != "int32":
        raise DtypeError(f"{op}: {name} must be int32, got {indices.dtype}: use {name}.cast('int32')")


@contract("OneHot")
def one_hot(
    indices: Spec, *, depth: int, on_value: float = 1, off_value: float = 0, dtype: str = "int32"
) -> Checked:
    """A new last dim of `depth`."""
    need_int32(indices, "oneHot")
    if int(depth) != depth or depth < 1:
        raise ArgumentError(f"oneHot: depth must be a whole number of at least 1, got {depth}")
    target = check_dtype(dtype)
    if target not in ("float32", "int32", "bool"):
        raise DtypeError(f"oneHot: dtype must be float32, int32 or bool, got {target}")
    if target == "int32" and not all(math.isfinite(value) for value in (on_value, off_value)):
        raise ArgumentError(f"oneHot: int32 does not hold {on_value} or {off_value}: use dtype 'float32'")
    kind = {"float32": float, "int32": int, "bool": bool}[target]
    attrs = {"on_value": kind(on_value), "off_value": kind(off_value)}
    return Checked(Spec((*indices.shape, int(depth)), target), attrs)


@contract("GatherV2")
def gather(
    x: Spec, indices: Spec, *, axis: int = 0, batch_dims: int = 0, zero_outside: bool = False
) -> Checked:
    """`zero_outside` (not in TF.js): numbers outside the axis give zeros on every backend.

    The attrs are sizes: x is [batches, outer, depth, inner dims], indices [batches, count].
    """
    need_int32(indices, "gather")
    axis = normalize_axis(axis, x.rank, "gather")
    if not -indices.rank <= batch_dims <= indices.rank:
        raise ArgumentError(
            f"gather: Expect batchDims in the range of [-{indices.rank}, {indices.rank}], got {batch_dims}"
        )
    batch_dims += indices.rank if batch_dims < 0 else 0
    if axis < batch_dims:
        raise ArgumentError(f"gather: batch_dims ({batch_dims}) must be less than or equal to axis ({axis})")
    if x.shape[:batch_dims] != indices.shape[:batch_dims]:
        raise ShapeError(
            f"gather: with {batch_dims} batch_dims x.shape {list(x.shape)} should be equal to indices.shape "
            f"{list(indices.shape)} in the first {batch_dims}"
        )
    shape = x.shape[:axis] + indices.shape[batch_dims:] + x.shape[axis + 1 :]
    sizes = {
        "batches": math.prod(x.shape[:batch_dims]),
        "outer": math.prod(x.shape[batch_dims:axis]),
        "depth": x.shape[axis],
        "inner": x.shape[axis + 1 :],
        "count": math.prod(indices.shape[batch_dims:]),
    }
    return Checked(Spec(shape, x.dtype), {"axis": axis, "zero_outside": zero_outside, **sizes})


@contract("GatherNd")
def gather_nd(params: Spec, indices: Spec) -> Checked:
    """Each row of `indices` is a tuple that picks a slice of `params`."""
    need_int32(indices, "gatherND")
    if params.rank < 1 or indices.rank < 1:
        raise ShapeError(
            "gatherND: x and indices must have rank 1 or higher, got "
            f"{list(params.shape)} and {list(indices.shape)}"
        )
    parts = indices.shape[-1]
    if parts > params.rank:
        raise ShapeError(
            "gatherND: index innermost dimension length must be <= tensor rank; "
            f"saw: {parts} vs. {params.rank}"
        )
    if params.size == 0 and indices.size:
        raise ShapeError(
            f"gatherND: requested more than 0 entries, but input is empty: shape {list(params.shape)}"
        )
    dims = params.shape[:parts]
    attrs = {"dims": dims, "strides": row_major_strides(dims)}
    return Checked(Spec(indices.shape[:-1] + params.shape[parts:], params.dtype), attrs)


@contract("ScatterNd")
def scatter_nd(indices: Spec, updates: Spec, *, shape: Sequence[int]) -> Checked:
    """Each row of `indices` is a tuple that says to which slice of the output an update is added."""
    need_int32(indices, "scatterND")
    dims = check_shape(shape, "scatterND")
    if indices.rank < 1 or updates.rank < 1 or not dims:
        raise ShapeError("scatterND: indices, updates and shape must have rank 1 or higher")
    if updates.dtype not in ("float32", "int32"):
        raise DtypeError(f"scatterND: updates must be float32 or int32, got {updates.dtype}")
    parts = indices.shape[-1] if indices.rank > 1 else 1
    batch = indices.shape[:-1] if indices.rank > 1 else indices.shape
    if parts > len(dims) or updates.shape != batch + dims[parts:]:
        raise ShapeError(
            "scatterND: must have updates.shape = indices.shape[:batchDim] + shape[sliceDim:], "
            f"got updates {list(updates.shape)}, indices {list(indices.shape)}, shape {list(dims)}"
        )
    attrs = {"count": math.prod(batch), "dims": dims[:parts], "strides": row_major_strides(dims[:parts])}
    return Checked(Spec(dims, updates.dtype), attrs)
