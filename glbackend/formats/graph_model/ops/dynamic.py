"""Ops whose values decide the shape of what they give; sorting, sparse and ragged tensors."""

from collections.abc import Sequence

from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import rows, tf_op
from glbackend.ops import ragged, sort, sparse, unique

rows({"LowerBound": sort.lower_bound, "UpperBound": sort.upper_bound})


@tf_op("Where")
def where(condition: Tensor) -> Tensor:
    """The places of what is not zero."""
    return unique.argwhere(condition if condition.dtype == "bool" else condition.not_equal(0))


@tf_op("ListDiff", outputs=("out", "idx"))
def list_diff(x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
    """What of x is not in y, and where it lies."""
    return unique.setdiff1d(x, y)


@tf_op("Unique", outputs=("y", "idx"))
def unique_(x: Tensor) -> tuple[Tensor, ...]:
    """The different elements, and which one each is."""
    return unique.unique(x)


@tf_op("UniqueV2", outputs=("y", "idx"))
def unique_v2(x: Tensor, axis: list[int]) -> tuple[Tensor, ...]:
    """The different slices along an axis."""
    return unique.unique(x, axis[0] if axis else 0)


@tf_op("TopKV2", outputs=("values", "indices"))
def top_k(input: Tensor, k: int, *, sorted: bool = True) -> tuple[Tensor, ...]:
    """The largest of each row, and where they lie."""
    return input.topk(k, sorted)


@tf_op("InTopKV2")
def in_top_k(predictions: Tensor, targets: Tensor, k: int) -> Tensor:
    """Whether the target is among the largest."""
    return sort.in_top_k(predictions, targets, k)


@tf_op(
    "SparseFillEmptyRows",
    outputs=("output_indices", "output_values", "empty_row_indicator", "reverse_index_map"),
)
def sparse_fill_empty_rows(
    indices: Tensor, values: Tensor, dense_shape: Tensor, default_value: Tensor
) -> tuple[Tensor, ...]:
    """A value in each row that has none."""
    return sparse.sparse_fill_empty_rows(indices, values, dense_shape, default_value)


@tf_op("SparseReshape", outputs=("output_indices", "output_shape"))
def sparse_reshape(input_indices: Tensor, input_shape: Tensor, new_shape: Tensor) -> tuple[Tensor, ...]:
    """The places in another shape."""
    return sparse.sparse_reshape(input_indices, input_shape, new_shape)


rows({
    "SparseSegmentMean": sparse.sparse_segment_mean, "SparseSegmentSum": sparse.sparse_segment_sum,
})  # fmt: skip


@tf_op("RaggedGather", outputs=("output_nested_splits*", "output_dense_values"))
def ragged_gather(*inputs: Tensor, OUTPUT_RAGGED_RANK: int) -> list[Tensor]:
    """Rows of a ragged tensor."""
    *splits, values, indices = inputs
    found = ragged.ragged_gather(splits, values, indices, OUTPUT_RAGGED_RANK)
    return [*found.output_nested_splits, found.output_dense_values]


@tf_op("RaggedRange", outputs=("rt_nested_splits", "rt_dense_values"))
def ragged_range(starts: Tensor, limits: Tensor, deltas: Tensor) -> tuple[Tensor, ...]:
    """Ranges as rows."""
    return ragged.ragged_range(starts, limits, deltas)


@tf_op("RaggedTensorToTensor")
def ragged_tensor_to_tensor(
    shape: Tensor,
    values: Tensor,
    default_value: Tensor,
    *partitions: Tensor,
    row_partition_types: Sequence[str],
) -> Tensor:
    """A ragged tensor, filled up."""
    return ragged.ragged_tensor_to_tensor(shape, values, default_value, partitions, row_partition_types)
