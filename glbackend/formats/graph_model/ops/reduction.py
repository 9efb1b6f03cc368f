"""Sums and their like over axes, scans, counts."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import tf_op
from glbackend.formats.graph_model.host import host_tensor, whole
from glbackend.ops import bincount as counting
from glbackend.ops import norm, segment, sort


def _reduce(name: str, of: str) -> None:
    @tf_op(name)
    def reduce(input: Tensor, axis: list[int], *, keep_dims: bool = False) -> Tensor:
        """As the method of that name over `axis`; over none it changes nothing."""
        method: Callable[..., Tensor] = getattr(input, of)
        return method(axis, keep_dims) if axis else input


for _name in ("Sum", "Mean", "Max", "Min", "Prod", "All", "Any"):
    _reduce(_name, _name.lower())


@tf_op("EuclideanNorm")
def euclidean_norm(input: Tensor, axis: list[int], *, keep_dims: bool = False) -> Tensor:
    """The root of the sum of squares."""
    return norm.euclidean_norm(input, axis, keep_dims)


@tf_op("ArgMax")
def arg_max(input: Tensor, dimension: int) -> Tensor:
    """Where the largest lies."""
    return input.argmax(dimension)


@tf_op("ArgMin")
def arg_min(input: Tensor, dimension: int) -> Tensor:
    """Where the smallest lies."""
    return input.argmin(dimension)


@tf_op("Cumsum")
def cumsum(x: Tensor, axis: int, *, exclusive: bool = False, reverse: bool = False) -> Tensor:
    """The sums up to each element."""
    return x.cumsum(axis, exclusive, reverse)


@tf_op("Cumprod")
def cumprod(x: Tensor, axis: int, *, exclusive: bool = False, reverse: bool = False) -> Tensor:
    """The products up to each element."""
    return x.cumprod(axis, exclusive, reverse)


@tf_op("Bincount")
def bincount(arr: Tensor, size: int, weights: Tensor) -> Tensor:
    """How often each number comes, or the sum of its weights."""
    return counting.bincount(arr.flatten(), weights.flatten(), size)


@tf_op("RaggedBincount")
def ragged_bincount(
    splits: list[int], values: Tensor, size: int, weights: Tensor, *, binary_output: bool = False
) -> Tensor:
    """As DenseBincount, of rows of any length."""
    rows = len(splits) - 1
    starts = np.repeat(np.arange(rows) * size, np.diff(splits))
    places = values.where(values < size, rows * size) + whole(starts)  # the others are not counted
    found = counting.bincount(places.minimum(rows * size), weights.flatten(), rows * size + 1)
    counts = found[:-1].reshape((rows, size))
    return counts.minimum(1) if binary_output else counts


@tf_op("Bucketize")
def bucketize(input: Tensor, *, boundaries: Sequence[Any] = ()) -> Tensor:
    """Between which boundaries each number lies."""
    edges = host_tensor(np.asarray(boundaries, np.float32))
    flat = input.flatten().cast("float32")
    return sort.search_sorted(edges, flat, "right").reshape(input.shape)


@tf_op("DenseBincount")
def dense_bincount(input: Tensor, size: int, weights: Tensor, *, binary_output: bool = False) -> Tensor:
    """As bincount, for each row of a matrix."""
    return counting.dense_bincount(input, weights, size, binary_output)


@tf_op("L2Loss")
def l2_loss(t: Tensor) -> Tensor:
    """Half the sum of squares."""
    return t.square().sum() / 2


@tf_op("UnsortedSegmentSum")
def unsorted_segment_sum(data: Tensor, segment_ids: Tensor, num_segments: int) -> Tensor:
    """The sum of the rows of each segment."""
    if segment_ids.rank > 1:
        data = data.reshape((segment_ids.size, *data.shape[segment_ids.rank :]))
    return segment.unsorted_segment_sum(data, segment_ids.flatten(), num_segments)


@tf_op("SegmentSum")
def segment_sum(data: Tensor, segment_ids: Tensor) -> Tensor:
    """The sum of the rows of each of the ascending segments, as many as their last number says."""
    found = segment_ids.numpy()
    return segment.unsorted_segment_sum(data, segment_ids, int(found[-1]) + 1 if found.size else 0)
