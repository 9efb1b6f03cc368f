"""Sparse tensors (places, values, dense shape), and sums of picked rows by segment with their gradients."""

from typing import NamedTuple

import numpy as np

from glbackend.base.shapes import Spec
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import ones
from glbackend.ops.op import op, run, run_several


class FilledRows(NamedTuple):
    """A sparse tensor without empty rows; which rows were empty; where each given value went."""

    output_indices: Tensor
    output_values: Tensor
    empty_row_indicator: Tensor
    reverse_index_map: Tensor


class Reshaped(NamedTuple):
    """Places in the new shape, and that shape."""

    output_indices: Tensor
    output_shape: Tensor


@op(method=False, namespace="sparse")
def sparse_fill_empty_rows(
    indices: TensorLike, values: TensorLike, dense_shape: TensorLike, default_value: TensorLike
) -> FilledRows:
    """A sparse tensor with `default_value` in column 0 of every row that has no value, in the order of rows.

    `indices`: int32 [count, rank], `values`: [count] of any dtype, `dense_shape`: int32 [rank]. ArgumentError
    for a row outside the shape. Computed on the host. As `tf.sparse.sparseFillEmptyRows`.

    >>> sparse_fill_empty_rows([[0, 1], [2, 0]], [5., 6.], [3, 2], -1.).output_values.numpy().tolist()
    [5.0, -1.0, 6.0]
    """
    name = "sparse_fill_empty_rows"
    given = as_tensor(values, "values", name)
    inputs = {
        "indices": as_tensor(indices, "indices", name, "int32"),
        "values": given,
        "dense_shape": as_tensor(dense_shape, "dense_shape", name, "int32"),
        "default_value": as_tensor(default_value, "default_value", name, given.dtype),
    }
    return FilledRows(*run_several("SparseFillEmptyRows", inputs))


@op(method=False, namespace="sparse")
def sparse_reshape(input_indices: TensorLike, input_shape: TensorLike, new_shape: TensorLike) -> Reshaped:
    """The places of a sparse tensor in another shape of equal size, one of whose dims may be -1.

    `input_indices`: int32 [count, rank], `input_shape`: int32 [rank], `new_shape`: int32 [any]. ArgumentError
    where sizes differ. Computed on the host. As `tf.sparse.sparseReshape`.

    >>> sparse_reshape([[0, 1], [1, 2]], [2, 3], [3, -1]).output_indices.numpy().tolist()
    [[0, 1], [2, 1]]
    """
    given = {"input_indices": input_indices, "input_shape": input_shape, "new_shape": new_shape}
    inputs = {name: as_tensor(value, name, "sparse_reshape", "int32") for name, value in given.items()}
    return Reshaped(*run_several("SparseReshape", inputs))


def _segment(
    kernel: str, name: str, data: TensorLike, indices: TensorLike, segment_ids: TensorLike
) -> Tensor:
    inputs = {
        "data": as_tensor(data, "data", name),
        "indices": as_tensor(indices, "indices", name, "int32"),
        "segment_ids": as_tensor(segment_ids, "segment_ids", name, "int32"),
    }
    return run(kernel, inputs)


@op(method=False, namespace="sparse")
def sparse_segment_sum(data: TensorLike, indices: TensorLike, segment_ids: TensorLike) -> Tensor:
    """Sums of the rows of `data` that `indices` pick, one for each of the ascending `segment_ids`.

    `data`: float32 or int32 of rank 1 at least; both others int32 [count]. Gives [last id + 1] +
    data.shape[1:]; an id without rows gives 0. ArgumentError for an index outside, for ids that fall or are
    negative. The ids are read on the host, as they decide the shape. As `tf.sparse.sparseSegmentSum`.

    >>> sparse_segment_sum([[1., 2.], [3., 4.]], [0, 1, 1], [0, 0, 2]).numpy().tolist()
    [[4.0, 6.0], [0.0, 0.0], [3.0, 4.0]]
    """
    return _segment("SparseSegmentSum", "sparse_segment_sum", data, indices, segment_ids)


@op(method=False, namespace="sparse")
def sparse_segment_mean(data: TensorLike, indices: TensorLike, segment_ids: TensorLike) -> Tensor:
    """Means of the rows of `data` that `indices` pick, one for each of the ascending `segment_ids`.

    Those of int32 are cut towards 0. Otherwise as `sparse_segment_sum`. As `tf.sparse.sparseSegmentMean`.

    >>> sparse_segment_mean([[1., 2.], [3., 4.]], [0, 1, 1], [0, 0, 1]).numpy().tolist()
    [[2.0, 3.0], [3.0, 4.0]]
    """
    return _segment("SparseSegmentMean", "sparse_segment_mean", data, indices, segment_ids)


@gradient("SparseSegmentSum", wrt="data")
def sparse_segment_sum_ddata(dy: Tensor, data_spec: Spec, indices: Tensor, segment_ids: Tensor) -> Tensor:
    """Each picked row sees the gradient of its segment."""
    if not indices.size:
        return run("Fill", {}, shape=data_spec.shape, value=0, dtype="float32")
    picked = run("GatherV2", {"x": dy, "indices": segment_ids}, axis=0)
    return run("UnsortedSegmentSum", {"x": picked, "segment_ids": indices}, num_segments=data_spec.shape[0])


@gradient("SparseSegmentMean", wrt="data")
def sparse_segment_mean_ddata(dy: Tensor, data_spec: Spec, indices: Tensor, segment_ids: Tensor) -> Tensor:
    """As that of the sum, divided by how many rows the segment has."""
    segments = dy.shape[0]
    inputs = {"x": ones((segment_ids.size,)), "segment_ids": segment_ids}
    counts = run("UnsortedSegmentSum", inputs, num_segments=segments).maximum(1)
    share = dy / counts.reshape((segments, *np.ones(dy.rank - 1, int).tolist()))
    return sparse_segment_sum_ddata(share, data_spec, indices, segment_ids)
