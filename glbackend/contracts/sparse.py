"""Contracts of kernels over sparse tensors (places, values, shape), and of sums of picked rows by segment."""

from glbackend.base.errors import DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import UNKNOWN, Checked, contract
from glbackend.contracts.index import need_int32


def _need_rank(x: Spec, rank: int, op: str, name: str) -> None:
    if x.rank != rank:
        raise ShapeError(f"{op}: {name} must be of rank {rank}, got shape {list(x.shape)}")


@contract("SparseFillEmptyRows")
def sparse_fill_empty_rows(indices: Spec, values: Spec, dense_shape: Spec, default_value: Spec) -> Checked:
    """Places [count, rank], values [count], shape [rank], a scalar of the values' dtype."""
    op = "sparse_fill_empty_rows"
    ranks = {"indices": (indices, 2), "values": (values, 1), "dense_shape": (dense_shape, 1)}
    for name, (spec, rank) in ranks.items():
        _need_rank(spec, rank, op, name)
    _need_rank(default_value, 0, op, "default_value")
    need_int32(indices, op)
    need_int32(dense_shape, op, "dense_shape")
    count, rank = indices.shape
    if values.shape[0] != count or dense_shape.shape[0] != rank or not rank:
        raise ShapeError(
            f"{op}: indices {list(indices.shape)} need as many values and a dense_shape of as many dims, "
            f"got {list(values.shape)} and {list(dense_shape.shape)}"
        )
    if default_value.dtype != values.dtype:
        raise DtypeError(f"{op}: default_value is {default_value.dtype}, but values are {values.dtype}")
    rows = Spec((UNKNOWN, rank), "int32"), Spec((UNKNOWN,), values.dtype), Spec((UNKNOWN,), "bool")
    return Checked((*rows, Spec((count,), "int32")))


@contract("SparseReshape")
def sparse_reshape(input_indices: Spec, input_shape: Spec, new_shape: Spec) -> Checked:
    """Places [count, rank], shape [rank], new shape of any length, where one dim may be -1."""
    op = "sparse_reshape"
    _need_rank(input_indices, 2, op, "input_indices")
    _need_rank(input_shape, 1, op, "input_shape")
    _need_rank(new_shape, 1, op, "new_shape")
    for name, spec in (
        ("input_indices", input_indices),
        ("input_shape", input_shape),
        ("new_shape", new_shape),
    ):
        need_int32(spec, op, name)
    count, rank = input_indices.shape
    if input_shape.shape[0] != rank:
        raise ShapeError(
            f"{op}: input_indices of {rank} columns need an input_shape of as many, got {input_shape.size}"
        )
    return Checked((Spec((count, new_shape.shape[0]), "int32"), Spec(new_shape.shape, "int32")))


@contract("SparseSegmentSum", "SparseSegmentMean")
def sparse_segment(data: Spec, indices: Spec, segment_ids: Spec) -> Checked:
    """Rows of data picked by `indices`; as many ascending ids, of which the last says how many there are."""
    op = "sparse_segment"
    if data.rank < 1:
        raise ShapeError(f"{op}: data should be at least 1 dimensional, got a scalar")
    if data.dtype not in ("float32", "int32"):
        raise DtypeError(f"{op}: data must be float32 or int32, got {data.dtype}")
    for name, spec in (("indices", indices), ("segment_ids", segment_ids)):
        need_int32(spec, op, name)
        _need_rank(spec, 1, op, name)
    if indices.shape != segment_ids.shape:
        raise ShapeError(
            f"{op}: indices and segment_ids should have same size, got {indices.size} and {segment_ids.size}"
        )
    return Checked(Spec((UNKNOWN, *data.shape[1:]), data.dtype))
