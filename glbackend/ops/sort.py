"""Ordering and looking up by order: topk, in_top_k, search_sorted, lower_bound, upper_bound."""

from typing import Literal, NamedTuple

import numpy as np

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor, zeros
from glbackend.ops.op import op, run, run_several


class TopK(NamedTuple):
    """What `topk` gives."""

    values: Tensor
    indices: Tensor


@op()
def topk(x: TensorLike, k: int = 1, sorted: bool = True) -> TopK:
    """The `k` largest elements of `x` along the last axis, and their positions (int32), as a named pair.

    Both are of shape x.shape[:-1] + [k], in descending order (also with `sorted` False); the lower position
    comes first among equals, NaN before all numbers. float32, int32 or bool of rank 1 at least. Raises
    ArgumentError unless 0 <= k <= the last dim. As `tf.topk`.

    >>> values, indices = topk([3., 1., 4., 1., 5.], 2)
    >>> values.numpy().tolist(), indices.numpy().tolist()
    ([5.0, 4.0], [4, 2])
    """
    return TopK(*run_several("TopK", {"x": as_tensor(x, "x", "topk")}, k=k, sorted=sorted))


@gradient("TopK", wrt="x")
def topk_dx(dy: list[Tensor], x: Tensor, x_spec: Spec, *, k: int, rows: int) -> Tensor:
    """Each value's gradient goes to the position that it came from."""
    if not k * rows:
        return zeros(x_spec.shape)
    n = x_spec.shape[-1]
    first = tensor(np.arange(rows, dtype=np.int32)[:, None] * n)
    places = run_several("TopK", {"x": x}, k=k)[1].reshape((rows, k)) + first
    inputs = {"x": dy[0].reshape((rows * k,)), "segment_ids": places.reshape((rows * k,))}
    return run("UnsortedSegmentSum", inputs, num_segments=rows * n).reshape(x_spec.shape)


@op(method=False)
def in_top_k(predictions: TensorLike, targets: TensorLike, k: int = 1) -> Tensor:
    """Whether each target is among the positions of the `k` largest predictions, in bool.

    `predictions`: [..., classes] of rank 2 at least; `targets`: int32 of predictions.shape[:-1]; among equal
    predictions those at lower positions count first. Raises ShapeError where these do not match,
    ArgumentError unless 0 < k <= classes. As `tf.inTopKAsync`, at once.

    >>> in_top_k([[1., 9., 5.], [7., 8., 9.]], [2, 0], 2).numpy().tolist()
    [True, False]
    """
    scores = as_tensor(predictions, "predictions", "in_top_k")
    wanted = as_tensor(targets, "targets", "in_top_k", "int32")
    if scores.rank < 2 or scores.shape[:-1] != wanted.shape:
        raise ShapeError(
            "in_top_k: predictions must be of rank 2 or higher, and targets of its shape without the last dim"
            f", got {list(scores.shape)} and {list(wanted.shape)}"
        )
    if not 0 < k <= scores.shape[-1]:
        raise ArgumentError(f"in_top_k: k must be in [1, {scores.shape[-1]}], got {k}")
    found: Tensor = topk(scores, k).indices.equal(wanted.expand_dims(-1)).any(-1)
    return found


@op(method=False)
def search_sorted(
    sorted_sequence: TensorLike, values: TensorLike, side: Literal["left", "right"] = "left"
) -> Tensor:
    """The positions at which `values` would go into rows of `sorted_sequence` (ascending), in int32.

    Both with the same leading dims, float32 or int32 (one of each counts as float32); the result has the
    shape of `values`. With `side` "left" a value goes before equal elements, with "right" after them. A NaN
    gets 0 there. As `tf.searchSorted`, which flattens the leading dims of its result.

    >>> search_sorted([1., 3., 3., 5.], [3., 4.]).numpy().tolist()
    [1, 3]
    """
    sequence = as_tensor(sorted_sequence, "sorted_sequence", "search_sorted")
    wanted = as_tensor(values, "values", "search_sorted")
    if {sequence.dtype, wanted.dtype} == {"int32", "float32"}:
        sequence, wanted = sequence.cast("float32"), wanted.cast("float32")
    return run("SearchSorted", {"sorted_sequence": sequence, "values": wanted}, side=side)


@op(method=False)
def lower_bound(sorted_sequence: TensorLike, values: TensorLike) -> Tensor:
    """`search_sorted` of `values` in `sorted_sequence` on the left: the number of smaller elements.

    As `tf.lowerBound`.

    >>> lower_bound([1., 3., 3., 5.], [3.]).numpy().tolist()
    [1]
    """
    return search_sorted(sorted_sequence, values, "left")


@op(method=False)
def upper_bound(sorted_sequence: TensorLike, values: TensorLike) -> Tensor:
    """`search_sorted` of `values` in `sorted_sequence` on the right: the number of elements not larger.

    As `tf.upperBound`.

    >>> upper_bound([1., 3., 3., 5.], [3.]).numpy().tolist()
    [3]
    """
    return search_sorted(sorted_sequence, values, "right")
