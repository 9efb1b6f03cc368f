"""Contracts of NonMaxSuppression: boxes and their scores in, numbers of the boxes that stay out."""

import math

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import UNKNOWN, Checked, contract

UNREACHED = math.nextafter(1, 2)  # an overlap that no two boxes have: nothing is suppressed
_INDICES, _SCORES = Spec((UNKNOWN,), "int32"), Spec((UNKNOWN,))


def _check(
    boxes: Spec, scores: Spec, size: int, iou_threshold: float, score_threshold: float, sigma: float = 0.0
) -> dict[str, float]:
    op = "non_max_suppression"
    for name, spec in (("boxes", boxes), ("scores", scores)):
        if spec.dtype != "float32":
            raise DtypeError(f"{op}: {name} must be float32, got {spec.dtype}")
    if boxes.rank != 2 or boxes.shape[1] != 4:
        raise ShapeError(f"{op}: boxes must be [count, 4], got shape {list(boxes.shape)}")
    if scores.shape != boxes.shape[:1]:
        raise ShapeError(
            f"{op}: scores of shape {list(scores.shape)} must hold one for each of the {boxes.shape[0]} boxes"
        )
    for name, value in (("iou_threshold", iou_threshold), ("soft_nms_sigma", sigma)):
        if not 0 <= value <= UNREACHED:
            raise ArgumentError(f"{op}: {name} must be in [0, 1], got {value}")
    if int(size) != size or size < 0:
        raise ArgumentError(f"{op}: max_output_size must be a whole number of at least 0, got {size}")
    return {
        "max_output_size": int(size),
        "iou_threshold": float(iou_threshold),
        "score_threshold": float(score_threshold),
    }


@contract("NonMaxSuppressionV3")
def non_max_suppression_v3(
    boxes: Spec,
    scores: Spec,
    *,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = float("-inf"),
) -> Checked:
    """Boxes [count, 4], scores [count]."""
    return Checked(_INDICES, _check(boxes, scores, max_output_size, iou_threshold, score_threshold))


@contract("NonMaxSuppressionV4")
def non_max_suppression_v4(
    boxes: Spec,
    scores: Spec,
    *,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = float("-inf"),
    pad_to_max_output_size: bool = False,
) -> Checked:
    """Also how many of the numbers are of boxes, and not padding."""
    attrs = _check(boxes, scores, max_output_size, iou_threshold, score_threshold)
    out = Spec((int(max_output_size) if pad_to_max_output_size else UNKNOWN,), "int32")
    return Checked((out, Spec((), "int32")), {**attrs, "pad": bool(pad_to_max_output_size)})


@contract("NonMaxSuppressionV5")
def non_max_suppression_v5(
    boxes: Spec,
    scores: Spec,
    *,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = float("-inf"),
    soft_nms_sigma: float = 0.0,
) -> Checked:
    """Also the scores, which neighbours may have lowered."""
    attrs = _check(boxes, scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma)
    return Checked((_INDICES, _SCORES), {**attrs, "sigma": float(soft_nms_sigma)})
