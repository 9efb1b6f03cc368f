"""Sums of slices that share an id."""

from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run


@op()
def unsorted_segment_sum(x: TensorLike, segment_ids: TensorLike, num_segments: int) -> Tensor:
    """Slices of `x` summed by their `segment_ids` (int32, whose shape is how that of `x` begins).

    Gives [`num_segments`] + the rest of x.shape; float32 or int32. Ids outside [0, num_segments) are dropped.
    Equal inputs give equal bits. As `tf.unsortedSegmentSum`.

    >>> unsorted_segment_sum([1., 2., 3.], [1, 0, 1], 3).numpy().tolist()
    [2.0, 4.0, 0.0]
    """
    ids = as_tensor(segment_ids, "segment_ids", "unsorted_segment_sum", "int32")
    inputs = {"x": as_tensor(x, "x", "unsorted_segment_sum"), "segment_ids": ids}
    return run("UnsortedSegmentSum", inputs, num_segments=num_segments)


@gradient("UnsortedSegmentSum", wrt="x")
def unsorted_segment_sum_dx(dy: Tensor, segment_ids: Tensor) -> Tensor:
    """Each slice sees the gradient of its segment; a dropped one sees zeros."""
    return run("GatherV2", {"x": dy, "indices": segment_ids}, axis=0, zero_outside=True)
