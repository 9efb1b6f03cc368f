"""What models of pictures found, in the picture's own pixels: boxes, key points, classes of pixels."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

import glbackend as gl
from glbackend.base.errors import ModelFormatError
from glbackend.cli.tasks import FACE_ANCHORS, MESH_POINTS, POSE_KEYPOINTS
from glbackend.media.preprocessing import Window

Array = np.ndarray[Any, Any]
Results = Mapping[str, Array]
MOST_THINGS = 50
IOU = 0.5
FACE_STRIDES = {512: (16, 2), 384: (32, 6)}  # of BlazeFace's maps by their anchors: pixels, anchors a cell


class Thing(NamedTuple):
    """Something that was found: its name, how sure it is, its box (top, left, bottom, right), its points."""

    name: str
    score: float
    box: Array | None = None
    points: Array | None = None  # [count, (y, x)]
    sure: Array | None = None  # [count]: how sure each point is

    def record(self) -> dict[str, Any]:
        """As JSON."""
        told: dict[str, Any] = {"name": self.name, "score": round(self.score, 4)}
        for key, values, digits in (("box", self.box, 1), ("points", self.points, 1), ("sure", self.sure, 3)):
            if values is not None:
                told[key] = np.round(values.astype(float), digits).tolist()
        return told


def detections(
    results: Results, size: tuple[int, int], seen: Window, labels: Sequence[str] | None, threshold: float
) -> list[Thing]:
    """The things in a picture, by whichever of the known forms a detector has."""
    if any(one.ndim == 3 and one.shape[1] in FACE_ANCHORS for one in results.values()):
        return _faces(results, size, seen, threshold)
    rows = [one for one in results.values() if one.ndim == 3 and one.shape[2] == 6]
    boxes, scores, classes = _of_rows(rows[0], size) if rows else _of_detection_api(results)
    kept = gl.image.batched_nms(
        boxes, scores, classes, max_output_size=MOST_THINGS, iou_threshold=IOU, score_threshold=threshold
    )
    names = labels if labels is not None else _coco(results, bool(rows))
    placed = seen.boxes_to_picture(boxes)
    shift = 0 if rows or not labels or names is None or is_background(names[0]) else 1  # ids begin with 1
    return [Thing(_name(names, int(classes[i]) - shift), float(scores[i]), placed[i]) for i in kept]


def is_background(name: str) -> bool:
    """Whether a label stands for nothing at all."""
    return name.strip("_?. ").lower() in ("background", "unlabeled", "")


def _name(names: Sequence[str] | None, number: int) -> str:
    return names[number] if names is not None and 0 <= number < len(names) else f"class {number}"


def _coco(results: Results, rows: bool) -> Sequence[str] | None:
    """COCO's names where the numbers of classes are COCO's."""
    widths = {one.shape[-1] for one in results.values() if one.ndim > 2}
    if rows:
        return gl.image.coco_labels(False) if 80 in widths or len(results) == 1 else None
    return gl.image.coco_labels(True) if widths & {90, 91} else None


def _of_rows(given: Array, size: tuple[int, int]) -> tuple[Array, Array, Array]:
    """Rows of (left, top, right, bottom, score, class), in the input's pixels."""
    rows = given[0]
    within = rows[:, [1, 0, 3, 2]]
    if np.abs(within).max(initial=0) > 2:  # pixels, not parts of 1
        within = within / np.tile(size, 2)
    return within, rows[:, 4], np.rint(rows[:, 5]).astype(int)


def _of_detection_api(results: Results) -> tuple[Array, Array, Array]:
    """Boxes, scores and classes of TensorFlow's Object Detection API, also where names say nothing.

    Its outputs are in the order of the alphabet: ..., detection_classes, ..., detection_scores, ....
    """
    lists = {name: one[0] for name, one in sorted(results.items(), key=_in_order) if one.ndim == 2}
    boxes = {one.shape[1]: one[0] for one in results.values() if one.ndim == 3 and one.shape[2] == 4}
    fitting = {name: one for name, one in lists.items() if one.shape[0] in boxes and one.size > 1}
    if len(fitting) < 2:
        shapes = ", ".join(f"{name} {list(one.shape)}" for name, one in results.items())
        raise ModelFormatError(
            f"no boxes with scores and classes are known in what the model gives: {shapes}"
        )
    said = [[one for name, one in fitting.items() if word in name.lower()] for word in ("score", "class")]
    scores, classes = (one[0] for one in said) if all(said) else list(fitting.values())[:-3:-1]
    return boxes[scores.shape[0]], scores, np.rint(classes).astype(int)


def _in_order(entry: tuple[str, Array]) -> tuple[int, str]:
    return len(entry[0]), entry[0]  # Identity, Identity_1, ..., Identity_10


def _faces(results: Results, size: tuple[int, int], seen: Window, threshold: float) -> list[Thing]:
    """BlazeFace: offsets of boxes and six points to anchors, in the input's pixels, as (x, y)."""
    parts = sorted(results.values(), key=lambda one: (-one.shape[1], one.shape[2]))
    scores = np.concatenate([one[0, :, 0] for one in parts if one.shape[2] == 1])
    offsets = np.concatenate([one[0] for one in parts if one.shape[2] > 1])[:, -16:]
    strides, counts = zip(*FACE_STRIDES.values(), strict=True)
    anchors = gl.image.anchor_centers(size[0], strides, counts)
    if len(anchors) != len(offsets) or len(scores) != len(offsets):
        raise ModelFormatError(f"{len(offsets)} boxes and {len(scores)} scores for {len(anchors)} anchors")
    chances = 1 / (1 + np.exp(-np.clip(scores, -80, 80)))
    boxes = gl.image.decode_boxes(offsets[:, [1, 0, 3, 2]], anchors, size[0])
    kept = gl.image.batched_nms(
        boxes, chances, max_output_size=MOST_THINGS, iou_threshold=0.3, score_threshold=threshold
    )
    found = []
    for i in kept:
        points = anchors[i] + offsets[i, 4:].reshape(6, 2)[:, ::-1] / size[0]
        box = seen.boxes_to_picture(boxes[i])
        found.append(Thing("face", float(chances[i]), box, seen.to_picture(points)))
    return found


def poses(results: Results, seen: Window, threshold: float) -> list[Thing]:
    """People by their 17 key points: MoveNet's, of one person or several."""
    given = next(iter(results.values()))
    if given.shape[-1] == 56:  # 17 points, a box, a score
        people = given[0, :, :51].reshape(-1, POSE_KEYPOINTS, 3)
        scores = given[0, :, 55]
    elif given.shape[-2:] == (POSE_KEYPOINTS, 3):
        people = given.reshape(-1, POSE_KEYPOINTS, 3)
        scores = people[:, :, 2].mean(1)
    else:
        raise ModelFormatError(f"no 17 key points are known in {list(given.shape)}")
    found = []
    for person, score in zip(people, scores, strict=True):
        sure = person[:, 2]
        if (sure >= threshold).sum() >= 3:
            found.append(Thing("person", float(score), None, seen.to_picture(person[:, :2]), sure))
    return found


def landmarks(results: Results, size: tuple[int, int], seen: Window, threshold: float) -> list[Thing]:
    """A mesh of points, (x, y, z) in the input's pixels, and how sure the model is that it is there."""
    meshes = [one for one in results.values() if one.shape[-1] in [3 * count for count in MESH_POINTS]]
    if not meshes:
        shapes = [list(one.shape) for one in results.values()]
        raise ModelFormatError(f"no mesh of {' or '.join(map(str, MESH_POINTS))} points is known in {shapes}")
    flags = [one for one in results.values() if one.size == 1]
    score = float(flags[0].reshape(-1)[0]) if flags else 1.0
    score = score if 0 <= score <= 1 else float(1 / (1 + np.exp(-score)))
    if score < threshold:
        return []
    points = meshes[0].reshape(-1, 3)[:, 1::-1] / size
    return [Thing("face", score, None, seen.to_picture(points))]


def segments(results: Results, seen: Window, shape: tuple[int, int], threshold: float) -> Array:
    """The class of each pixel of a picture, int [height, width]; 0 outside of what the model saw."""
    given = next(iter(results.values()))
    if given.ndim not in (3, 4):
        raise ModelFormatError(f"no classes of pixels are known in {list(given.shape)}")
    scores = given[0] if given.ndim == 4 else given.transpose(1, 2, 0)
    if given.dtype.kind in "iu":
        kinds = scores[..., 0]
    elif scores.shape[2] == 1:
        kinds = (scores[..., 0] > (0 if scores.min() < 0 else threshold)).astype(int)
    else:
        kinds = scores.argmax(2)
    rows = (np.arange(shape[0]) + 0.5 - seen.top) / seen.height * kinds.shape[0]
    columns = (np.arange(shape[1]) + 0.5 - seen.left) / seen.width * kinds.shape[1]
    known = ((rows >= 0) & (rows < kinds.shape[0]))[:, None] & ((columns >= 0) & (columns < kinds.shape[1]))
    at = np.clip(rows.astype(int), 0, kinds.shape[0] - 1), np.clip(columns.astype(int), 0, kinds.shape[1] - 1)
    return np.asarray(np.where(known, kinds[at[0][:, None], at[1]], 0))
