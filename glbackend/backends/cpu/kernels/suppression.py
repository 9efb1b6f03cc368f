"""NonMaxSuppression. It runs on the host whatever the backend: each choice waits for the one before.

Soft suppression after Bodla et al., "Soft-NMS" (2017), in TensorFlow's order of work.
"""

import heapq
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.dtypes import NUMPY
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]
BLOCK_BOXES = 256


def _corners(cpu: Cpu, boxes: Handle) -> Array:
    """Boxes as [low y, low x, high y, high x], whichever corners were given."""
    given = cpu.array(boxes).astype(np.float64)
    return np.concatenate([np.minimum(given[:, :2], given[:, 2:]), np.maximum(given[:, :2], given[:, 2:])], 1)


def _overlap(boxes: Array, box: Array) -> Array:
    """Intersection over union of boxes, which broadcast but for the last axis; 0 where one has no area."""
    sides = np.minimum(boxes[..., 2:], box[..., 2:]) - np.maximum(boxes[..., :2], box[..., :2])
    common = np.maximum(sides, 0).prod(-1)
    areas, area = (boxes[..., 2:] - boxes[..., :2]).prod(-1), (box[..., 2:] - box[..., :2]).prod(-1)
    flat = (areas <= 0) | (area <= 0)
    return np.where(flat, 0, common / np.where(flat, 1, areas + area - common))


def _hard(boxes: Array, scores: Array, size: int, iou: float, least: float) -> list[int]:
    """The best box, then the best of those that overlap none chosen, and so on; ties go to the first.

    A block of boxes at a time: of thousands only some hundred are looked at before enough are chosen.
    """
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] > least]
    chosen: list[int] = []
    for start in range(0, order.size, BLOCK_BOXES):
        left = order[start : start + BLOCK_BOXES]
        if chosen:
            left = left[(_overlap(boxes[left, None], boxes[chosen]) < iou).all(1)]
        while left.size and len(chosen) < size:
            chosen.append(int(left[0]))
            left = left[1:]
            left = left[_overlap(boxes[left], boxes[chosen[-1]]) < iou]
        if len(chosen) == size:
            break
    return chosen


def _soft(
    boxes: Array, scores: Array, size: int, iou: float, least: float, sigma: float
) -> tuple[list[int], list[float]]:
    """As `_hard`, but a box that overlaps a chosen one by less than `iou` stays, with a lower score."""
    heap = [(-float(scores[i]), int(i), 0) for i in np.flatnonzero(scores > least)]
    heapq.heapify(heap)
    chosen: list[int] = []
    found: list[float] = []
    while heap and len(chosen) < size:
        worth, i, seen = heapq.heappop(heap)
        overlaps = _overlap(boxes[chosen[seen:]], boxes[i])
        if (overlaps >= iou).any():
            continue
        score = -worth * float(np.exp(-0.5 / sigma * overlaps**2).prod())
        if score == -worth:
            chosen.append(i)
            found.append(score)
        elif score > least:
            heapq.heappush(heap, (-score, i, len(chosen)))
    return chosen, found


def _numbers(chosen: list[int]) -> Handle:
    return Handle.of(np.array(chosen, np.int32), Spec((len(chosen),), "int32"))


@kernel("NonMaxSuppressionV3", "cpu")
def non_max_suppression_v3(
    cpu: Cpu,
    boxes: Handle,
    scores: Handle,
    *,
    out: Spec,
    max_output_size: int,
    iou_threshold: float,
    score_threshold: float,
) -> Handle:
    """The numbers."""
    worth = cpu.array(scores)
    return _numbers(_hard(_corners(cpu, boxes), worth, max_output_size, iou_threshold, score_threshold))


@kernel("NonMaxSuppressionV4", "cpu")
def non_max_suppression_v4(
    cpu: Cpu,
    boxes: Handle,
    scores: Handle,
    *,
    out: tuple[Spec, Spec],
    max_output_size: int,
    iou_threshold: float,
    score_threshold: float,
    pad: bool,
) -> tuple[Handle, Handle]:
    """The numbers, padded with 0 where asked, and how many there are."""
    worth = cpu.array(scores)
    chosen = _hard(_corners(cpu, boxes), worth, max_output_size, iou_threshold, score_threshold)
    count = cpu.handle(np.array(len(chosen)), out[1])
    return _numbers(chosen + [0] * (max_output_size - len(chosen)) if pad else chosen), count


@kernel("NonMaxSuppressionV5", "cpu")
def non_max_suppression_v5(
    cpu: Cpu,
    boxes: Handle,
    scores: Handle,
    *,
    out: tuple[Spec, Spec],
    max_output_size: int,
    iou_threshold: float,
    score_threshold: float,
    sigma: float,
) -> tuple[Handle, Handle]:
    """The numbers and the scores."""
    worth, corners = cpu.array(scores), _corners(cpu, boxes)
    if sigma > 0:
        chosen, kept = _soft(corners, worth, max_output_size, iou_threshold, score_threshold, sigma)
    else:
        chosen = _hard(corners, worth, max_output_size, iou_threshold, score_threshold)
        kept = worth[chosen].tolist()
    return _numbers(chosen), Handle.of(np.array(kept, NUMPY["float32"]), Spec((len(kept),)))
