"""Boxes, key points and masks drawn onto pictures; by Pillow, on the host."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.optional import optional
from glbackend.engine.convert import TensorLike, real_numbers

Array = np.ndarray[Any, Any]
Colour = tuple[int, int, int]
PALETTE: tuple[Colour, ...] = (  # apart from each other, also for eyes that see few colours
    (0, 114, 178), (230, 130, 0), (0, 158, 115), (204, 80, 150), (213, 60, 20), (86, 180, 233),
    (150, 110, 40), (110, 80, 190), (120, 160, 30), (240, 200, 40), (90, 90, 90), (0, 180, 180),
)  # fmt: skip
MOST_PIXELS = 10_000  # of a line's width and a letter's height
SMOOTH_PIXELS = 4_000_000  # smaller pictures are drawn twice as large and shrunk, for smooth lines
COCO_POSE = (  # which of COCO's 17 key points are joined: as people are drawn
    (0, 1), (0, 2), (1, 3), (2, 4), (5, 6), (5, 7), (7, 9), (6, 8), (8, 10), (5, 11), (6, 12), (11, 12),
    (11, 13), (13, 15), (12, 14), (14, 16),
)  # fmt: skip


@checked
def draw_bounding_boxes(
    image: TensorLike,
    boxes: TensorLike,
    labels: Sequence[str] | None = None,
    scores: TensorLike | None = None,
    *,
    colors: Sequence[Any] | None = None,
    width: float | None = None,
    font_size: float | None = None,
) -> Array:
    """The picture with boxes, each with its name and score in a field of its colour: uint8 [h, w, 3].

    `image`: [height, width, 1, 3 or 4], int32 or uint8 from 0 to 255, or float32 from 0 to 1.
    `boxes`: [count, 4], (top, left, bottom, right) in pixels.
    `labels`: a name for each box; boxes of one name have one colour.
    `scores`: a number from 0 to 1 for each box, which is written as per cent.
    `colors`: (red, green, blue) for each box, from 0 to 255.
    `width`, `font_size`: of lines and letters, in pixels; by default they go with the picture's size.

    Raises ShapeError for boxes that do not fit, MissingPackageError without Pillow. As torchvision's
    `draw_bounding_boxes`; TensorFlow's `tf.image.draw_bounding_boxes` draws no names, TF.js none at all.

    >>> draw_bounding_boxes(np.zeros((40, 60, 3), np.uint8), [[5, 5, 30, 50]], ["cat"], [0.9]).shape
    (40, 60, 3)
    """
    corners = _points(boxes, 4, "draw_bounding_boxes", "boxes")
    said = None if scores is None else np.ravel(real_numbers(scores, "scores", "draw_bounding_boxes"))
    for name, given in (("labels", labels), ("scores", said), ("colors", colors)):
        if given is not None and len(given) != len(corners):
            raise ShapeError(f"draw_bounding_boxes: {len(given)} {name} for {len(corners)} boxes")
    tones = _tones(colors, "draw_bounding_boxes")
    names = list(dict.fromkeys(labels)) if labels else []
    with _canvas(image, "draw_bounding_boxes", width, font_size) as canvas:
        drawn = [
            tones[i] if tones else PALETTE[(names.index(labels[i]) if labels else i) % len(PALETTE)]
            for i in range(len(corners))
        ]
        known = [i for i, box in enumerate(corners) if not np.isnan(box).any()]
        for i in known:
            canvas.box(corners[i], drawn[i])
        for i in known:
            words = [labels[i]] if labels else []
            words += [f"{said[i]:.0%}"] if said is not None else []
            if words:
                canvas.chip(corners[i], " ".join(words), drawn[i])
        return canvas.result()


@checked
def draw_keypoints(
    image: TensorLike,
    points: TensorLike,
    *,
    skeleton: Sequence[tuple[int, int]] | None = None,
    scores: TensorLike | None = None,
    threshold: float = 0.3,
    colors: Sequence[Any] | None = None,
    radius: float | None = None,
    width: float | None = None,
) -> Array:
    """The picture with key points, joined as a skeleton says: uint8 [height, width, 3].

    `image`: as in `draw_bounding_boxes`.
    `points`: [count, 2] or [things, count, 2], (y, x) in pixels.
    `skeleton`: pairs of numbers of points that a line joins; `gl.image.COCO_POSE` is that of people.
    `scores`: how sure each point is; those below `threshold`, and their lines, are left out.
    `threshold`: see `scores`.
    `colors`: (red, green, blue) for each thing.
    `radius`, `width`: of points and lines, in pixels; by default they go with the picture's size.

    Raises ShapeError for points that do not fit, MissingPackageError without Pillow. As torchvision's
    `draw_keypoints`; TF.js's models leave it to the page.

    >>> draw_keypoints(np.zeros((40, 60, 3), np.uint8), [[5, 5], [30, 50]], skeleton=[(0, 1)]).max() > 99
    np.True_
    """
    where = _points(points, 2, "draw_keypoints", "points", (2, 3))
    things = where[None] if where.ndim == 2 else where
    sure = np.ones(things.shape[:2])
    if scores is not None:
        sure = real_numbers(scores, "scores", "draw_keypoints").reshape(-1)
        if sure.size != things.shape[0] * things.shape[1]:
            raise ShapeError(
                f"draw_keypoints: {sure.size} scores for {things.shape[0] * things.shape[1]} points"
            )
        sure = sure.reshape(things.shape[:2])
    lines = list(skeleton or ())
    if any(not 0 <= end < things.shape[1] for line in lines for end in line):
        raise ArgumentError(
            f"draw_keypoints: skeleton names points beyond the {things.shape[1]} that there are"
        )
    tones = _tones(colors, "draw_keypoints")
    if tones and len(tones) != len(things):
        raise ShapeError(f"draw_keypoints: {len(tones)} colors for {len(things)} things")
    with _canvas(image, "draw_keypoints", width, None) as canvas:
        size = canvas.unit * 1.6 if radius is None else radius
        drawn = (sure >= threshold) & ~np.isnan(things).any(-1)
        for i, (thing, seen) in enumerate(zip(things, drawn, strict=True)):
            tone = tones[i] if tones else PALETTE[i % len(PALETTE)]
            for a, b in lines:
                if seen[a] and seen[b]:
                    canvas.line(thing[a], thing[b], tone)
            for point in thing[seen]:
                canvas.dot(point, size, tone, rim=bool(lines) or len(thing) < 50)
        return canvas.result()


@checked
def draw_segmentation_masks(
    image: TensorLike, masks: TensorLike, *, colors: Sequence[Any] | None = None, alpha: float = 0.6
) -> Array:
    """The picture with masks laid over it in colours: uint8 [height, width, 3].

    `image`: as in `draw_bounding_boxes`.
    `masks`: whole numbers [height, width], the class of each pixel, of which 0 stays clear; or bools
    [count, height, width], which may overlap.
    `colors`: (red, green, blue) for each class from 1 on, or for each mask.
    `alpha`: from 0 to 1, how much the masks cover.

    Raises ShapeError for masks of another size. As torchvision's `draw_segmentation_masks`; TF.js's
    `bodyPix.drawMask` is for people alone.

    >>> draw_segmentation_masks(np.zeros((1, 2, 3), np.uint8), [[0, 1]], alpha=1.0).tolist()
    [[[0, 0, 0], [0, 114, 178]]]
    """
    levels = _levels(image, "draw_segmentation_masks")
    given = real_numbers(masks, "masks", "draw_segmentation_masks")
    if given.shape[-2:] != levels.shape[:2] or given.ndim not in (2, 3) or not 0 <= alpha <= 1:
        raise ShapeError(
            f"draw_segmentation_masks: needs masks of {list(levels.shape[:2])} and alpha in [0, 1], got "
            f"{list(given.shape)} and {alpha}"
        )
    if given.ndim == 2:
        kinds = [int(one) for one in np.unique(given) if one > 0]
        layers = [(kind - 1, given == kind) for kind in kinds]
    else:
        layers = list(enumerate(given.astype(bool)))
    mixed, tones = levels.astype(np.float32), _tones(colors, "draw_segmentation_masks") or PALETTE
    for i, mask in layers:
        tone = np.array(tones[i % len(tones)], np.float32)
        mixed[mask] += alpha * (tone - mixed[mask])
    return np.asarray(np.rint(mixed), np.uint8)


def _points(given: TensorLike, last: int, op: str, name: str, ranks: Sequence[int] = (2,)) -> Array:
    values = real_numbers(given, name, op)
    if values.size == 0:
        return np.zeros((0, last))
    if values.ndim not in ranks or values.shape[-1] != last:
        raise ShapeError(f"{op}: {name} must be [count, {last}], got shape {list(values.shape)}")
    return np.nan_to_num(values.astype(np.float64), nan=np.nan)  # what has no place is not drawn


def _tones(colors: Sequence[Any] | None, op: str) -> Sequence[Colour]:
    """The user's colours, none where there are none; ArgumentError for what is no colour."""
    for one in () if colors is None else colors:
        given = np.asarray(one)
        if given.shape != (3,) or given.dtype.kind not in "iuf" or not ((given >= 0) & (given <= 255)).all():
            raise ArgumentError(f"{op}: a color must be (red, green, blue) from 0 to 255, got {one!r}")
    return [(int(red), int(green), int(blue)) for red, green, blue in colors or ()]


def _levels(image: TensorLike, op: str) -> Array:
    """uint8 [height, width, 3] of a picture."""
    given = image if isinstance(image, np.ndarray) and image.dtype.kind in "biuf" else None
    given = real_numbers(image, "image", op) if given is None else given
    if given.ndim == 2:
        given = given[..., None]
    if given.ndim != 3 or given.shape[2] not in (1, 3, 4) or not given.size:
        raise ShapeError(f"{op}: image must be [height, width, 1, 3 or 4], got shape {list(given.shape)}")
    levels = (
        np.rint(np.nan_to_num(np.clip(given, 0, 1)) * 255)
        if given.dtype.kind == "f"
        else np.clip(given, 0, 255)
    )
    colour = levels[..., :3].astype(np.uint8)
    return np.repeat(colour, 3, axis=2) if colour.shape[2] == 1 else colour


@contextmanager
def _canvas(image: TensorLike, op: str, width: float | None, font_size: float | None) -> Iterator["Canvas"]:
    for name, size in (("width", width), ("font_size", font_size)):
        if size is not None and not 0 < size <= MOST_PIXELS:
            raise ArgumentError(f"{op}: {name} must be pixels from 0 to {MOST_PIXELS}, got {size}")
    yield Canvas(_levels(image, op), op, width, font_size)


class Canvas:
    """A picture that is drawn on, in its own pixels; large, and then shrunk, so that lines are smooth."""

    def __init__(self, levels: Array, op: str, width: float | None, font_size: float | None) -> None:
        self._images = optional("PIL.Image", "vision", op)
        drawing, fonts = (optional(f"PIL.{name}", "vision", op) for name in ("ImageDraw", "ImageFont"))
        self.height, self.width = levels.shape[:2]
        self._factor = 2 if levels.size < 3 * SMOOTH_PIXELS else 1
        self._picture = self._images.fromarray(levels)
        size = (self.width * self._factor, self.height * self._factor)
        self._over = self._images.new("RGBA", size, (0, 0, 0, 0))
        self._draw = drawing.Draw(self._over)
        self.unit = max(min(self.height, self.width) / 250, 1.0) if width is None else width
        text = max(min(self.height, self.width) / 26, 11.0) if font_size is None else font_size
        self._font = fonts.load_default(text * self._factor)

    def box(self, box: Array, tone: Colour) -> None:
        """The edges of (top, left, bottom, right)."""
        top, left, bottom, right = self._at(box)
        line = max(round(self.unit * 1.3 * self._factor), 1)
        low, high = sorted((top, bottom)), sorted((left, right))
        self._draw.rectangle((high[0], low[0], high[1], low[1]), outline=(*tone, 255), width=line)

    def chip(self, box: Array, words: str, tone: Colour) -> None:
        """Words on a field above a box's upper left corner, or inside where there is no room."""
        top, left = self._at(box)[:2]
        x0, y0, x1, y1 = self._draw.textbbox((0, 0), words, font=self._font)
        pad = (y1 - y0) * 0.3
        tall, wide = (y1 - y0) + 2 * pad, (x1 - x0) + 2 * pad
        y = top - tall if top >= tall else max(top, 0)
        x = min(max(left, 0), max(self._over.width - wide, 0))
        y = min(y, self._over.height - tall)
        self._draw.rectangle((x, y, x + wide, y + tall), fill=(*tone, 235))
        self._draw.text((x + pad - x0, y + pad - y0), words, font=self._font, fill=(*ink_on(tone), 255))

    def line(self, start: Array, end: Array, tone: Colour) -> None:
        """A line from point to point, with light edges, so that it is seen on its own colour as well."""
        (y0, x0), (y1, x1) = self._at(start), self._at(end)
        for share, colour in ((2.8, (255, 255, 255, 255)), (1.6, (*tone, 255))):
            self._draw.line((x0, y0, x1, y1), colour, max(round(self.unit * share * self._factor), 1))

    def dot(self, point: Array, radius: float, tone: Colour, rim: bool) -> None:
        """A point, with a light rim where it is to stand out."""
        y, x = self._at(point)
        size = max(radius * self._factor, 1.0)
        if rim:
            outer = size * 1.45
            self._draw.ellipse((x - outer, y - outer, x + outer, y + outer), fill=(255, 255, 255, 255))
        self._draw.ellipse((x - size, y - size, x + size, y + size), fill=(*tone, 255))

    def result(self) -> Array:
        """The picture with all that was drawn: uint8 [height, width, 3]."""
        over = self._over
        if self._factor > 1:
            over = over.resize((self.width, self.height), self._images.Resampling.BOX)
        merged = self._images.alpha_composite(self._picture.convert("RGBA"), over)
        return np.asarray(merged.convert("RGB"))

    def _at(self, places: Array) -> list[float]:
        """Places in the enlarged picture; far outside ones are brought near, which no drawing shows."""
        most = 4 * max(self.height, self.width)
        return [float(np.clip(one, -most, most)) * self._factor for one in places]


def ink_on(tone: Colour) -> Colour:
    """Black or white, whichever is read better on a colour (by its luminance, ITU-R BT.709).

    >>> ink_on((240, 200, 40)), ink_on((0, 0, 120))
    ((0, 0, 0), (255, 255, 255))
    """
    light = sum(
        share * (level / 255) ** 2.2 for share, level in zip((0.2126, 0.7152, 0.0722), tone, strict=True)
    )
    return (0, 0, 0) if light > 0.35 else (255, 255, 255)
