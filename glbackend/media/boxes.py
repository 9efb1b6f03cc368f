"""Boxes of what detectors find: from offsets to anchors, and the best of those that overlap."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import TensorLike, real_numbers
from glbackend.ops.suppression import ALL, non_max_suppression

Array = np.ndarray[Any, Any]


@checked
def batched_nms(
    boxes: TensorLike,
    scores: TensorLike,
    classes: TensorLike | None = None,
    *,
    max_output_size: int = 100,
    iou_threshold: float = 0.5,
    score_threshold: float = ALL,
) -> Array:
    """Numbers of the boxes that stay, best first: boxes suppress others of their own class alone.

    `boxes`: [count, 4], two opposite corners (y, x, y, x) each.
    `scores`: [count], one for each box.
    `classes`: [count], whole numbers; without them all are of one class.
    `max_output_size`, `iou_threshold`, `score_threshold`: as in `gl.image.non_max_suppression`.

    Gives int32 [at most max_output_size]. As torchvision's `batched_nms`; Keras's NonMaxSuppression has it
    for batches.

    >>> boxes = [[0., 0., 1., 1.], [0., 0.1, 1., 1.1], [0., 0., 1., 1.]]
    >>> batched_nms(boxes, [0.6, 0.9, 0.3], [1, 1, 2]).tolist()
    [1, 2]
    """
    corners = real_numbers(boxes, "boxes", "batched_nms")
    rank = real_numbers(scores, "scores", "batched_nms")
    kinds = np.zeros(len(corners)) if classes is None else real_numbers(classes, "classes", "batched_nms")
    if (
        corners.ndim != 2
        or corners.shape[1] != 4
        or rank.shape != kinds.shape
        or rank.shape != corners.shape[:1]
    ):
        raise ShapeError(
            f"batched_nms: needs boxes [count, 4], scores and classes [count], got {list(corners.shape)}, "
            f"{list(rank.shape)} and {list(kinds.shape)}"
        )
    if not len(corners):
        return np.zeros(0, np.int32)
    apart = float(corners.max() - corners.min()) + 1  # so far apart boxes of two classes never overlap
    moved = corners + apart * np.unique(kinds, return_inverse=True)[1].reshape(-1, 1)
    kept = non_max_suppression(
        moved.astype(np.float32), rank.astype(np.float32), max_output_size, iou_threshold, score_threshold
    )
    return np.asarray(kept.numpy(), np.int32)


@checked
def anchor_centers(size: int, strides: Sequence[int], anchors: Sequence[int]) -> Array:
    """The middles of an SSD's anchors, float32 [count, (y, x)], from 0 to 1 over the picture.

    `size`: height and width that the detector takes, in pixels.
    `strides`: pixels from cell to cell, of each of its maps.
    `anchors`: how many anchors a cell of each map has.

    As MediaPipe's SsdAnchorsCalculator with anchors of fixed size; TF.js's models carry them along.

    >>> anchor_centers(4, [2, 4], [1, 2]).tolist()[:2], len(anchor_centers(4, [2, 4], [1, 2]))
    ([[0.25, 0.25], [0.25, 0.75]], 6)
    """
    if not strides or len(strides) != len(anchors) or min(size, *strides, *anchors) < 1:
        raise ArgumentError("anchor_centers: needs a number of anchors for each stride, all of at least 1")
    maps = []
    for stride, count in zip(strides, anchors, strict=True):
        cells = (np.arange(-(-size // stride)) + 0.5) * stride / size
        grid = np.stack(np.meshgrid(cells, cells, indexing="ij"), -1)
        maps.append(grid.reshape(-1, 2).repeat(count, axis=0))
    return np.concatenate(maps).astype(np.float32)


@checked
def decode_boxes(
    encoded: TensorLike, anchors: TensorLike, scale: float | Sequence[float] = 1.0, *, log_size: bool = False
) -> Array:
    """Boxes (top, left, bottom, right), float32 [count, 4], of offsets to anchors.

    `encoded`: [count, 4]: how far a box's middle lies from its anchor's (y, x), and its height and width.
    `anchors`: [count, 2], their middles, or [count, 4], with height and width after them.
    `scale`: what the offsets are divided by: one number, or one for each of (y, x, height, width).
    `log_size`: whether heights and widths are logarithms of how much larger than its anchor a box is; so
    anchors need sizes, in which offsets are counted as well.

    As the box coders of TensorFlow's Object Detection API (`log_size`, with the scale (10, 10, 5, 5)) and
    MediaPipe; TF.js's models decode in themselves.

    >>> decode_boxes([[0., 0., 2., 4.]], [[.5, .5]], scale=10).round(2).tolist() == [
    ...     [np.float32(.4), np.float32(.3), np.float32(.6), np.float32(.7)]]
    True
    """
    offsets = real_numbers(encoded, "encoded", "decode_boxes")
    middles = real_numbers(anchors, "anchors", "decode_boxes")
    wanted = (4,) if log_size else (2, 4)
    if (
        offsets.shape[-1:] != (4,)
        or middles.shape[:-1] != offsets.shape[:-1]
        or middles.shape[-1:] not in [(one,) for one in wanted]
    ):
        raise ShapeError(
            f"decode_boxes: needs encoded [count, 4] and anchors [count, {' or '.join(map(str, wanted))}], "
            f"got {list(offsets.shape)} and {list(middles.shape)}"
        )
    divisor = np.asarray(scale, np.float32)
    if divisor.shape not in ((), (4,)) or not divisor.all():
        raise ArgumentError(f"decode_boxes: scale must be one number or four, none of them 0, got {scale}")
    offsets = offsets / divisor
    move, size = offsets[..., :2], offsets[..., 2:]
    if log_size:
        move, size = move * middles[..., 2:], np.exp(size) * middles[..., 2:]
    middle = middles[..., :2] + move
    return np.concatenate([middle - size / 2, middle + size / 2], -1).astype(np.float32)
