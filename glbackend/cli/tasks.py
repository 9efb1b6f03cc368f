"""What a model is for: found by what it takes and gives, and what it is fed accordingly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import glbackend as gl
from glbackend.base.errors import ArgumentError
from glbackend.cli.holding import Held, Slot
from glbackend.media.preprocessing import Window, mode_of

Array = np.ndarray[Any, Any]
Shapes = Mapping[str, tuple[int, ...]]
TASKS = ("classify", "detect", "landmarks", "notes", "pose", "segment", "upscale")
FITS = {"classify": "crop", "detect": "pad", "pose": "pad"}  # all others: stretch
ANY_SIDE = {"detect": 320, "segment": 320, "upscale": 64}  # pixels where a model takes any size; others: 224
MOST_SIDE = 4096
POSE_KEYPOINTS = 17  # of COCO
FACE_ANCHORS = {512, 384, 896}  # of BlazeFace's two maps, apart or together
MESH_POINTS = (468, 478)  # of MediaPipe's face, without and with irises
PIANO_KEYS = 88
COLOURS = (1, 3, 4)
INPUTS = {"text", "sound", "picture", "tokens"}


@dataclass(frozen=True)
class Picture:
    """How a picture is made ready: the layout of the model's input, and what `gl.image.preprocess` takes."""

    size: tuple[int, int]
    channels: int
    normalize: str
    fit: str
    first: bool = False  # whether channels come before height
    flat: bool = False  # whether there is no axis of channels
    whole: bool = False  # whether numbers are whole

    def make(self, levels: Array) -> tuple[Any, Window]:
        """The model's input of a picture [height, width, channels], and what the model sees of it."""
        x = gl.image.preprocess(levels, self.size, fit=self.fit, normalize=self.normalize)
        if self.whole:
            x = x.round().cast("int32")
        if self.flat:
            x = x.squeeze([3])
        elif self.first:
            x = x.transpose([0, 3, 1, 2])
        return x, gl.image.window(levels.shape[:2], self.size, self.fit)


def kind_of(slot: Slot) -> str:
    """What an input is: one of INPUTS, or "" where its shape tells nothing."""
    shape = slot.shape or ()
    if slot.dtype == "string":
        return "text"
    if len(shape) == 4 and (shape[3] in COLOURS or shape[1] in COLOURS):
        return "picture"
    if len(shape) == 3 and shape[2] == 1 and (shape[1] or 0) >= 1000:
        return "sound"
    if len(shape) == 3 and min(shape[1] or 0, shape[2] or 0) > 3:
        return "picture"
    return "tokens" if len(shape) == 2 else ""


def picture_of(
    held: Held, task: str, size: Sequence[int] | None, normalize: str | None, fit: str | None
) -> Picture:
    """How a model wants its pictures; what its shape leaves open is as asked for, or usual for the task."""
    slot = held.inputs[0]
    shape = slot.shape or ()
    flat = len(shape) == 3
    first = not flat and shape[3] not in COLOURS
    sides = shape[2:4] if first else shape[1:3]
    asked = tuple(size) if size else (ANY_SIDE.get(task, 224),) * 2
    height, width = (own or want for own, want in zip(sides, asked, strict=True))
    if max(height, width) > MOST_SIDE:
        raise ArgumentError(f"pictures of {width} x {height} are more than {MOST_SIDE} pixels wide or high")
    whole = slot.dtype.startswith(("int", "uint"))
    stated = held.metadata.get("normalize")
    mode = normalize or (stated if isinstance(stated, str) else None) or _usual(held, task, whole)
    channels = 1 if flat else (shape[1] if first else shape[3]) or 3
    return Picture((height, width), channels, mode, fit or FITS.get(task, "stretch"), first, flat, whole)


def _usual(held: Held, task: str, whole: bool) -> str:
    """The range of numbers that models of this kind take, where nobody says."""
    rescales = held.is_layers and any(
        type(layer).class_name in ("Rescaling", "Normalization") for layer in held.model.layers[:4]
    )
    if whole or rescales:
        return "raw"
    if task == "detect" and is_face(held.outputs):
        return "tf"
    if task in ("detect", "upscale"):
        return "raw"
    return mode_of(held.name) or "unit"


def is_face(outputs: Sequence[Slot]) -> bool:
    """Whether it is BlazeFace, by what it gives; of some files only the names are known: four, of anchors."""
    shapes = [slot.shape for slot in outputs]
    if all(shape is None for shape in shapes):
        return len(shapes) == 4
    return any(shape is not None and len(shape) == 3 and shape[1] in FACE_ANCHORS for shape in shapes)


def find(held: Held, results: Shapes) -> str:
    """The task of a model, by its metadata or what it takes and gives; ArgumentError where it is unclear."""
    stated = held.metadata.get("task")
    if stated in TASKS:
        return str(stated)
    kind, shapes = kind_of(held.inputs[0]), list(results.values())
    if len(held.inputs) == 1:
        found = _of_picture(held.inputs[0], shapes) if kind == "picture" else None
        if kind == "sound" and sum(shape[-1:] == (PIANO_KEYS,) for shape in shapes) == 2:
            found = "notes"
        elif kind in ("text", "tokens", "sound") and len(shapes[0]) == 2:
            found = "classify"
        if found:
            return found
    taken, given = "; ".join(map(str, held.inputs)), ", ".join(str(list(one)) for one in shapes)
    raise ArgumentError(
        f"{held.path}: what the model is for cannot be told from what it takes ({taken}) and gives "
        f"({given}): say --task {'|'.join(TASKS)}"
    )


def _of_picture(slot: Slot, shapes: Sequence[tuple[int, ...]]) -> str | None:
    if any(
        shape[-2:] == (POSE_KEYPOINTS, 3) or (shape[-1:] == (56,) and len(shape) == 3) for shape in shapes
    ):
        return "pose"
    if any(shape[-1] in [3 * count for count in MESH_POINTS] for shape in shapes if shape):
        return "landmarks"
    if any(len(shape) == 3 and (shape[2] in (4, 6) or shape[1] in FACE_ANCHORS) for shape in shapes):
        return "detect"
    if len(shapes) == 1 and len(shapes[0]) == 2:
        return "classify"
    if len(shapes) == 1 and len(shapes[0]) == 4:
        return _of_pictures(slot, shapes[0])
    return None


def _of_pictures(slot: Slot, given: tuple[int, ...]) -> str | None:
    """Enlarged, where there are more pixels of the same colours; else classes of pixels."""
    taken = slot.shape or ()
    if given[3] in COLOURS and given[3] == taken[3] and given[1] > (taken[1] or ANY_SIDE["upscale"]):
        return "upscale"
    return None if given[3] == taken[3] else "segment"
