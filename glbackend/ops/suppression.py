"""Which of many overlapping boxes to keep: non-maximum suppression."""

from typing import NamedTuple

from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run, run_several

ALL = float("-inf")


class Scored(NamedTuple):
    """Numbers of the boxes that stay, and their scores."""

    selected_indices: Tensor
    selected_scores: Tensor


class Padded(NamedTuple):
    """Numbers of the boxes that stay, perhaps padded with 0, and how many of them are no padding."""

    selected_indices: Tensor
    valid_outputs: Tensor


def _inputs(boxes: TensorLike, scores: TensorLike, size: int) -> tuple[dict[str, Tensor], int]:
    name = "non_max_suppression"
    inputs = {
        "boxes": as_tensor(boxes, "boxes", name, "float32"),
        "scores": as_tensor(scores, "scores", name, "float32"),
    }
    return inputs, min(size, inputs["boxes"].shape[0]) if inputs["boxes"].rank else size


@op(method=False, namespace="image")
def non_max_suppression(
    boxes: TensorLike,
    scores: TensorLike,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = ALL,
) -> Tensor:
    """Numbers of the boxes that stay, best first: int32 [at most max_output_size].

    `boxes`: float32 [count, 4], two opposite corners (y, x, y, x) each.
    `scores`: float32 [count].
    `max_output_size`: how many may stay.
    `iou_threshold`: a box goes whose intersection with a better one that stays is at least this share of
    their union.
    `score_threshold`: a box goes whose score is not above it.

    ArgumentError for an `iou_threshold` outside [0, 1]. Computed on the host. As
    `tf.image.nonMaxSuppression`.

    >>> boxes = [[0., 0., 1., 1.], [0., 0.1, 1., 1.1], [0., 2., 1., 3.]]
    >>> non_max_suppression(boxes, [0.6, 0.9, 0.3], 3).numpy().tolist()
    [1, 2]
    """
    inputs, size = _inputs(boxes, scores, max_output_size)
    return run(
        "NonMaxSuppressionV3",
        inputs,
        max_output_size=size,
        iou_threshold=iou_threshold,
        score_threshold=score_threshold,
    )


@op(method=False, namespace="image")
def non_max_suppression_with_score(
    boxes: TensorLike,
    scores: TensorLike,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = ALL,
    soft_nms_sigma: float = 0.0,
) -> Scored:
    """As `non_max_suppression`, with the scores; neighbours may lose score instead of going.

    `boxes`, `scores`, `max_output_size`, `iou_threshold`, `score_threshold`: as in `non_max_suppression`.
    `soft_nms_sigma`: above 0 a box that overlaps better ones by less than `iou_threshold` is kept with its
    score times exp(-overlap^2 / (2 sigma)) for each.

    As `tf.image.nonMaxSuppressionWithScore`.

    >>> boxes = [[0., 0., 1., 1.], [0., 0.1, 1., 1.1], [0., 2., 1., 3.]]
    >>> non_max_suppression_with_score(boxes, [0.5, 1., 0.25], 3).selected_scores.numpy().tolist()
    [1.0, 0.25]
    """
    inputs, size = _inputs(boxes, scores, max_output_size)
    return Scored(*run_several(
        "NonMaxSuppressionV5", inputs, max_output_size=size, iou_threshold=iou_threshold,
        score_threshold=score_threshold, soft_nms_sigma=soft_nms_sigma,
    ))  # fmt: skip


@op(method=False, namespace="image")
def non_max_suppression_padded(
    boxes: TensorLike,
    scores: TensorLike,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = ALL,
    pad_to_max_output_size: bool = False,
) -> Padded:
    """As `non_max_suppression`, and how many boxes stay.

    `boxes`, `scores`, `max_output_size`, `iou_threshold`, `score_threshold`: as in `non_max_suppression`.
    `pad_to_max_output_size`: whether zeros fill up to `max_output_size` (at most count).

    As `tf.image.nonMaxSuppressionPadded`.

    >>> boxes = [[0., 0., 1., 1.], [0., 0.1, 1., 1.1], [0., 2., 1., 3.]]
    >>> kept = non_max_suppression_padded(boxes, [0.6, 0.9, 0.3], 3, pad_to_max_output_size=True)
    >>> kept.selected_indices.numpy().tolist(), kept.valid_outputs.item()
    ([1, 2, 0], 2)
    """
    inputs, size = _inputs(boxes, scores, max_output_size)
    return Padded(*run_several(
        "NonMaxSuppressionV4", inputs, max_output_size=size, iou_threshold=iou_threshold,
        score_threshold=score_threshold, pad_to_max_output_size=pad_to_max_output_size,
    ))  # fmt: skip


@op(method=False, namespace="image")
def non_max_suppression_async(
    boxes: TensorLike,
    scores: TensorLike,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = ALL,
) -> Tensor:
    """`non_max_suppression` by its other name; there is nothing to await.

    `boxes`, `scores`, `max_output_size`, `iou_threshold`, `score_threshold`: as there. As
    `tf.image.nonMaxSuppressionAsync`.

    >>> non_max_suppression_async([[0., 0., 1., 1.]], [0.6], 3).numpy().tolist()
    [0]
    """
    return non_max_suppression(boxes, scores, max_output_size, iou_threshold, score_threshold)


@op(method=False, namespace="image")
def non_max_suppression_with_score_async(
    boxes: TensorLike,
    scores: TensorLike,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = ALL,
    soft_nms_sigma: float = 0.0,
) -> Scored:
    """`non_max_suppression_with_score` by its other name; there is nothing to await.

    `boxes`, `scores`, `max_output_size`, `iou_threshold`, `score_threshold`, `soft_nms_sigma`: as there. As
    `tf.image.nonMaxSuppressionWithScoreAsync`.

    >>> non_max_suppression_with_score_async([[0., 0., 1., 1.]], [0.5], 3).selected_scores.numpy().tolist()
    [0.5]
    """
    thresholds = iou_threshold, score_threshold, soft_nms_sigma
    return non_max_suppression_with_score(boxes, scores, max_output_size, *thresholds)


@op(method=False, namespace="image")
def non_max_suppression_padded_async(
    boxes: TensorLike,
    scores: TensorLike,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = ALL,
    pad_to_max_output_size: bool = False,
) -> Padded:
    """`non_max_suppression_padded` by its other name; there is nothing to await.

    `boxes`, `scores`, `max_output_size`, `iou_threshold`, `score_threshold`, `pad_to_max_output_size`: as
    there. As `tf.image.nonMaxSuppressionPaddedAsync`.

    >>> non_max_suppression_padded_async([[0., 0., 1., 1.]], [0.6], 3).valid_outputs.item()
    1
    """
    thresholds = iou_threshold, score_threshold
    return non_max_suppression_padded(boxes, scores, max_output_size, *thresholds, pad_to_max_output_size)
