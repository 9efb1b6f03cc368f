"""Boxes."""

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import Array, onnx_op
from glbackend.formats.onnx.host import whole
from glbackend.ops.suppression import ALL, non_max_suppression


@onnx_op("NonMaxSuppression", since=10)
def non_max_suppression_(
    boxes: Array,
    scores: Array,
    limit: int | None = None,
    iou_threshold: float | None = None,
    score_threshold: float | None = None,
    *,
    center_point_box: int = 0,
) -> Tensor:
    """For each image and class the boxes that stay, best first: rows of image, class, box."""
    if center_point_box:
        x, y, wide, tall = np.moveaxis(boxes, -1, 0)
        boxes = np.stack([y - tall / 2, x - wide / 2, y + tall / 2, x + wide / 2], -1)
    # there a box goes at the threshold already; here only above it
    overlap = min(float(np.nextafter(np.float32(iou_threshold or 0.0), np.float32(2))), 1.0)
    found = [
        (image, kind, number)
        for image in range(scores.shape[0])
        for kind in range(scores.shape[1])
        for number in _kept(boxes[image], scores[image, kind], limit or 0, overlap, score_threshold)
    ]
    return whole(np.array(found, np.int64).reshape(-1, 3))


def _kept(boxes: Array, scores: Array, limit: int, overlap: float, least: float | None) -> list[int]:
    if not limit:
        return []
    threshold = ALL if least is None else least
    found = non_max_suppression(boxes, scores, min(limit, len(scores)), overlap, threshold)
    return [int(one) for one in found.numpy()]
