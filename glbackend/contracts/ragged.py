"""Contracts of kernels over ragged tensors: flat values, and splits that say where each row begins."""

from collections.abc import Sequence

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import UNKNOWN, Checked, contract

PARTITIONS = ("FIRST_DIM_SIZE", "VALUE_ROWIDS", "ROW_SPLITS")


@contract("RaggedGather")
def ragged_gather(
    params_nested_splits: Sequence[Spec],
    params_dense_values: Spec,
    indices: Spec,
    *,
    output_ragged_rank: int | None = None,
) -> Checked:
    """Splits, outermost first, over the values; one output for each split of the result, then its values."""
    if not params_nested_splits:
        raise ArgumentError("ragged_gather: params_nested_splits must hold one vector of splits at least")
    if any(splits.rank == 0 for splits in params_nested_splits):
        raise ShapeError("ragged_gather: splits must be vectors, got a scalar")
    if params_dense_values.rank == 0:
        raise ShapeError("params.rank must be nonzero")
    for splits in (*params_nested_splits, indices):
        if splits.dtype != "int32":
            raise DtypeError(f"ragged_gather: splits and indices must be int32, got {splits.dtype}")
    levels = len(params_nested_splits) + indices.rank - 1
    if output_ragged_rank is not None and output_ragged_rank != levels:
        raise ArgumentError(
            f"ragged_gather: there are {levels} ragged dims, not output_ragged_rank = {output_ragged_rank}"
        )
    values = Spec((UNKNOWN, *params_dense_values.shape[1:]), params_dense_values.dtype)
    return Checked((*(Spec((UNKNOWN,), "int32"),) * levels, values))


@contract("RaggedRange")
def ragged_range(starts: Spec, limits: Spec, deltas: Spec) -> Checked:
    """Scalars or vectors of one length, of one dtype: float32 or int32."""
    for name, spec in (("starts", starts), ("limits", limits), ("deltas", deltas)):
        if spec.rank > 1:
            raise ShapeError(f"{name} must be a scalar or vector")
        if spec.dtype not in ("float32", "int32") or spec.dtype != starts.dtype:
            raise DtypeError(
                f"ragged_range: {name} is {spec.dtype}: all must be float32, or all must be int32"
            )
    sizes = {spec.shape[0] for spec in (starts, limits, deltas) if spec.rank}
    if len(sizes) > 1:
        raise ShapeError("starts, limits, and deltas must have the same shape")
    rows = sizes.pop() if sizes else 1
    return Checked((Spec((rows + 1,), "int32"), Spec((UNKNOWN,), starts.dtype)), {"rows": rows})


@contract("RaggedTensorToTensor")
def ragged_tensor_to_tensor(
    shape: Spec,
    values: Spec,
    default_value: Spec,
    row_partition_tensors: Sequence[Spec],
    *,
    row_partition_types: Sequence[str],
) -> Checked:
    """A shape of the result's rank (-1: as large as needed), or a scalar -1 for all of it."""
    op = "ragged_tensor_to_tensor"
    types = tuple(row_partition_types)
    if not types or len(types) != len(row_partition_tensors):
        raise ArgumentError(
            f"{op}: {len(row_partition_tensors)} partitions need as many types, got {list(types)}"
        )
    for i, one in enumerate(types):
        if one not in PARTITIONS or (one == "FIRST_DIM_SIZE") > (i == 0):
            raise ArgumentError(
                f"{op}: row_partition_types[{i}] is {one!r}: use one of {', '.join(PARTITIONS)}, "
                f"the first only at the front"
            )
    for i, (one, spec) in enumerate(zip(types, row_partition_tensors, strict=True)):
        rank = 0 if one == "FIRST_DIM_SIZE" else 1
        if spec.rank != rank or spec.dtype == "string":
            raise ShapeError(
                f"{op}: row_partition_tensors[{i}] ({one}) must hold int32 in {rank} dims, "
                f"got {spec.dtype}{list(spec.shape)}"
            )
    if types[0] == "VALUE_ROWIDS":
        raise ArgumentError(
            f"{op}: before VALUE_ROWIDS a partition of type FIRST_DIM_SIZE must say how many rows there are"
        )
    levels = len(types) - (types[0] == "FIRST_DIM_SIZE")
    if values.rank == 0:
        raise ShapeError(f"{op}: values must have a dim at least, got a scalar")
    rank = levels + values.rank
    if shape.rank > 1 or (shape.rank == 1 and shape.shape[0] != rank):
        raise ShapeError(
            f"{op}: values with {levels} ragged dims before those of {list(values.shape)[1:]} and a shape of "
            f"{shape.size} dims are incompatible: {rank} are needed"
        )
    if default_value.rank >= values.rank:
        raise ShapeError(
            f"{op}: default_value {list(default_value.shape)} must have fewer dims than "
            f"values {list(values.shape)}"
        )
    for ours, theirs in zip(reversed(default_value.shape), reversed(values.shape[1:]), strict=False):
        if ours not in (1, theirs):
            raise ShapeError(
                f"{op}: default_value {list(default_value.shape)} and values {list(values.shape)} "
                f"are incompatible"
            )
    if default_value.dtype != values.dtype:
        raise DtypeError(f"{op}: default_value is {default_value.dtype}, but values are {values.dtype}")
    return Checked(Spec((UNKNOWN,) * rank, values.dtype), {"types": types, "levels": levels})
