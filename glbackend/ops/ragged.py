"""Ragged tensors: flat values, and for each ragged dim splits that say where its rows begin and end."""

from collections.abc import Sequence
from typing import NamedTuple

from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run, run_several


class Gathered(NamedTuple):
    """A ragged tensor: splits, outermost first, and values."""

    output_nested_splits: list[Tensor]
    output_dense_values: Tensor


class Ranges(NamedTuple):
    """A ragged matrix: splits of its rows, and values."""

    rt_nested_splits: Tensor
    rt_dense_values: Tensor


@op(method=False)
def ragged_gather(
    params_nested_splits: Sequence[TensorLike],
    params_dense_values: TensorLike,
    indices: TensorLike,
    output_ragged_rank: int | None = None,
) -> Gathered:
    """Rows of a ragged tensor, picked by number along its first dim.

    `params_nested_splits`: int32 vectors, outermost first.
    `params_dense_values`: the values that they cut into rows, of any dtype.
    `indices`: int32 of any shape.
    `output_ragged_rank`: may state the number of ragged dims of the result, which is
    len(params_nested_splits) + rank of indices - 1.

    ArgumentError for an index outside or for splits that are no splits. Computed on the host. As
    `tf.raggedGather`.

    >>> ragged_gather([[0, 2, 3]], [1., 2., 3.], [1, 0]).output_dense_values.numpy().tolist()
    [3.0, 1.0, 2.0]
    """
    inputs = {
        "params_nested_splits": [
            as_tensor(splits, f"params_nested_splits[{i}]", "ragged_gather", "int32")
            for i, splits in enumerate(params_nested_splits)
        ],
        "params_dense_values": as_tensor(params_dense_values, "params_dense_values", "ragged_gather"),
        "indices": as_tensor(indices, "indices", "ragged_gather", "int32"),
    }
    *splits, values = run_several("RaggedGather", inputs, output_ragged_rank=output_ragged_rank)
    return Gathered(splits, values)


@op(method=False)
def ragged_range(starts: TensorLike, limits: TensorLike, deltas: TensorLike) -> Ranges:
    """The numbers from each of `starts` up to but without `limits`, `deltas` apart: a row for each.

    Scalars or vectors of one length, float32 or int32; empty where the delta leads away from the limit.
    ArgumentError for a delta of 0. Computed on the host. As `tf.raggedRange`.

    >>> ragged_range([0., 5.], [3., 7.], 1.).rt_dense_values.numpy().tolist()
    [0.0, 1.0, 2.0, 5.0, 6.0]
    """
    first = as_tensor(starts, "starts", "ragged_range")
    inputs = {
        "starts": first,
        "limits": as_tensor(limits, "limits", "ragged_range", first.dtype),
        "deltas": as_tensor(deltas, "deltas", "ragged_range", first.dtype),
    }
    return Ranges(*run_several("RaggedRange", inputs))


@op(method=False)
def ragged_tensor_to_tensor(
    shape: TensorLike,
    values: TensorLike,
    default_value: TensorLike,
    row_partition_tensors: Sequence[TensorLike],
    row_partition_types: Sequence[str],
) -> Tensor:
    """A ragged tensor as a dense one, filled up where rows are short; what is too much is dropped.

    `shape`: int32 [rank of the result], where -1 means as large as needed (a scalar -1: all of it).
    `values`: the values of all rows, one after the other.
    `default_value`: what fills up.
    `row_partition_tensors`: int32 tensors that cut the values into rows, outermost first.
    `row_partition_types`: what each of these is: "ROW_SPLITS" (where rows begin, and where the last ends), or
    "FIRST_DIM_SIZE" (a scalar: the number of rows) followed by "VALUE_ROWIDS" (the row of each value,
    ascending).

    Computed on the host. As `tf.raggedTensorToTensor`.

    >>> ragged_tensor_to_tensor([-1, -1], [1., 2., 3.], 0., [[0, 2, 3]], ["ROW_SPLITS"]).numpy().tolist()
    [[1.0, 2.0], [3.0, 0.0]]
    """
    name = "ragged_tensor_to_tensor"
    flat = as_tensor(values, "values", name)
    inputs = {
        "shape": as_tensor(shape, "shape", name, "int32"),
        "values": flat,
        "default_value": as_tensor(default_value, "default_value", name, flat.dtype),
        "row_partition_tensors": [
            as_tensor(one, f"row_partition_tensors[{i}]", name, "int32")
            for i, one in enumerate(row_partition_tensors)
        ],
    }
    return run("RaggedTensorToTensor", inputs, row_partition_types=tuple(row_partition_types))
