"""Reading and writing by number: one_hot, gather, gather_nd, scatter_nd, and their gradients."""

import numpy as np

from glbackend.base.dtypes import DType
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor
from glbackend.ops.op import op, run


@op()
def one_hot(
    indices: TensorLike, depth: int, on_value: float = 1, off_value: float = 0, dtype: DType = "int32"
) -> Tensor:
    """`on_value` where the last, new dim of length `depth` counts the index, `off_value` elsewhere.

    `indices`: int32 of any shape; an index outside [0, depth) gives a row of `off_value`. `dtype` is that of
    the result. As `tf.oneHot`, which has no depth of 1.

    >>> one_hot([2, 0], 3).numpy().tolist()
    [[0, 0, 1], [1, 0, 0]]
    """
    inputs = {"indices": as_tensor(indices, "indices", "one_hot", "int32")}
    return run("OneHot", inputs, depth=depth, on_value=on_value, off_value=off_value, dtype=dtype)


@op()
def gather(x: TensorLike, indices: TensorLike, axis: int = 0, batch_dims: int = 0) -> Tensor:
    """The slices of `x` along `axis` that `indices` (int32) number.

    Gives x.shape[:axis] + indices.shape[batch_dims:] + x.shape[axis + 1:]. The first `batch_dims` dims of x
    and indices belong together. An index outside the axis raises ArgumentError on cpu and gives zeros on
    webgl, which does not read indices back. As `tf.gather`.

    >>> gather([1., 2., 3.], [2, 0]).numpy().tolist()
    [3.0, 1.0]
    """
    inputs = {"x": as_tensor(x, "x", "gather"), "indices": as_tensor(indices, "indices", "gather", "int32")}
    return run("GatherV2", inputs, axis=axis, batch_dims=batch_dims)


@gradient("GatherV2", wrt="x")
def gather_dx(
    dy: Tensor,
    x_spec: Spec,
    indices: Tensor,
    *,
    batches: int,
    outer: int,
    depth: int,
    inner: Shape,
    count: int,
) -> Tensor:
    """Adds each slice of dy to where it came from: the axis goes to the front, then a sum by segments."""
    size = int(np.prod(inner))
    if not dy.size:
        return run("Fill", {}, shape=x_spec.shape, value=0, dtype="float32")
    ids = indices.reshape((batches, count))
    if (
        batches > 1
    ):  # a segment for every number of every batch; what lies outside must not fall into the next batch
        inside = (ids.greater_equal(0)).logical_and(ids.less(depth)).cast("int32")
        first = tensor(np.arange(batches, dtype=np.int32)[:, None] * depth + 1)
        ids = (ids + first) * inside - 1
    slices = dy.reshape((batches, outer, count, size))
    if outer > 1:
        slices = slices.transpose((0, 2, 1, 3))
    slices = slices.reshape((batches * count, outer * size))
    inputs = {"x": slices, "segment_ids": ids.reshape((batches * count,))}
    total = run("UnsortedSegmentSum", inputs, num_segments=batches * depth)
    total = total.reshape((batches, depth, outer, size))
    if outer > 1:
        total = total.transpose((0, 2, 1, 3))
    return total.reshape(x_spec.shape)


@op(method=False)
def gather_nd(x: TensorLike, indices: TensorLike) -> Tensor:
    """Slices of `x` that the rows of `indices` (int32, [..., k] with k <= rank of x) address.

    Gives indices.shape[:-1] + x.shape[k:]. A row that points outside raises ArgumentError on cpu and
    gives zeros on webgl. As `tf.gatherND`.

    >>> gather_nd([[1., 2.], [3., 4.]], [[1, 0], [0, 1]]).numpy().tolist()
    [3.0, 2.0]
    """
    inputs = {
        "params": as_tensor(x, "x", "gather_nd"),
        "indices": as_tensor(indices, "indices", "gather_nd", "int32"),
    }
    return run("GatherNd", inputs)


@gradient("GatherNd", wrt="params")
def gather_nd_dx(dy: Tensor, params_spec: Spec, indices: Tensor) -> Tensor:
    """Adds each slice of dy to where it came from."""
    parts = indices.shape[-1]
    slices = dy.reshape(
        (dy.size // max(int(np.prod(dy.shape[indices.rank - 1 :])), 1), *dy.shape[indices.rank - 1 :])
    )
    rows = indices.reshape((slices.shape[0], parts))
    return run("ScatterNd", {"indices": rows, "updates": slices}, shape=params_spec.shape)


@op(method=False)
def scatter_nd(indices: TensorLike, updates: TensorLike, shape: Shape | list[int]) -> Tensor:
    """Zeros of `shape` plus `updates`, each added where its row of `indices` (int32, [..., k]) points.

    `updates`: float32 or int32, indices.shape[:-1] + shape[k:]; where rows are equal their updates add up,
    always in the same order. A row that points outside raises ArgumentError on cpu and is dropped on webgl.
    As `tf.scatterND`.

    >>> scatter_nd([[1], [1], [0]], [5., 6., 7.], [3]).numpy().tolist()
    [7.0, 11.0, 0.0]
    """
    inputs = {
        "indices": as_tensor(indices, "indices", "scatter_nd", "int32"),
        "updates": as_tensor(updates, "updates", "scatter_nd"),
    }
    return run("ScatterNd", inputs, shape=tuple(shape))


@gradient("ScatterNd", wrt="updates")
def scatter_nd_dupdates(dy: Tensor, updates_spec: Spec, indices: Tensor) -> Tensor:
    """Each update sees the gradient of the slice that it was added to."""
    if not updates_spec.shape or not indices.size:
        return run("Fill", {}, shape=updates_spec.shape, value=0, dtype="float32")
    rows = indices if indices.rank > 1 else indices.reshape((indices.size, 1))
    return run("GatherNd", {"params": dy, "indices": rows}).reshape(updates_spec.shape)
