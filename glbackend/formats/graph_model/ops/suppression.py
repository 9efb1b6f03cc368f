"""Non-maximum suppression."""

import math

from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import tf_op
from glbackend.formats.graph_model.host import whole
from glbackend.ops import suppression


def above(iou_threshold: float) -> float:
    """The threshold for kernels that suppress what reaches it: TensorFlow keeps what equals it."""
    # differs from TF.js: graphs suppress as TensorFlow does; gl.image keeps TF.js's reading
    return math.nextafter(iou_threshold, 2)


@tf_op("NonMaxSuppressionV2", "NonMaxSuppressionV3")
def non_max_suppression(
    boxes: Tensor,
    scores: Tensor,
    max_output_size: int,
    iou_threshold: float,
    score_threshold: float = suppression.ALL,
) -> Tensor:
    """The boxes that stay, best first; in V3 of those above a score."""
    return suppression.non_max_suppression(
        boxes, scores, max_output_size, above(iou_threshold), score_threshold
    )


@tf_op("NonMaxSuppressionV4", outputs=("selected_indices", "valid_outputs"))
def non_max_suppression_v4(
    boxes: Tensor,
    scores: Tensor,
    max_output_size: int,
    iou_threshold: float,
    score_threshold: float,
    *,
    pad_to_max_output_size: bool = False,
) -> tuple[Tensor, ...]:
    """The boxes that stay and how many there are, padded with zeros."""
    return suppression.non_max_suppression_padded(
        boxes, scores, max_output_size, above(iou_threshold), score_threshold, pad_to_max_output_size
    )


@tf_op("NonMaxSuppressionV5", outputs=("selected_indices", "selected_scores", "valid_outputs"))
def non_max_suppression_v5(
    boxes: Tensor,
    scores: Tensor,
    max_output_size: int,
    iou_threshold: float,
    score_threshold: float,
    soft_nms_sigma: float,
    *,
    pad_to_max_output_size: bool = False,
) -> tuple[Tensor, ...]:
    """The boxes that stay, with scores that their better neighbours have lowered.

    Where scores are lowered (`soft_nms_sigma` above 0) nothing is suppressed outright: that is TensorFlow's
    reading, while TF.js and `gl.image` also suppress above the threshold.
    """
    # differs from TF.js: soft suppression suppresses nothing outright, as in TensorFlow
    if soft_nms_sigma > 0:
        iou_threshold = 1.0
    chosen, found = suppression.non_max_suppression_with_score(
        boxes, scores, max_output_size, above(iou_threshold), score_threshold, soft_nms_sigma
    )
    count = chosen.shape[0]
    if pad_to_max_output_size:
        missing = [(0, max(max_output_size - count, 0))]
        chosen, found = chosen.pad(missing), found.pad(missing)
    return chosen, found, whole(count)
