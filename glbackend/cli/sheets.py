"""The pictures of `run`: what a model found, drawn by Pillow."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import glbackend as gl
from glbackend.cli.answers import Thing
from glbackend.cli.notes import NAMES, Heard, Note
from glbackend.media.drawing import PALETTE
from glbackend.media.labels import Prediction

Array = np.ndarray[Any, Any]
PAPER, INK, SOFT, FAINT = (251, 250, 247), (34, 38, 43), (107, 114, 128), (228, 225, 216)
BLUE, PALE = (0, 114, 178), (190, 205, 220)
SHORT_SIDE, LONG_SIDE = 480, 1600  # pixels: pictures are enlarged to the one, and shrunk to the other
MARGIN = 28
SECOND_PIXELS, KEY_PIXELS = 150, 12
MOST_WIDE = 4000  # pixels of a sheet of notes


def shown(levels: Array) -> tuple[Array, float]:
    """A picture in a size that can be looked at, and by how much it is larger."""
    height, width = levels.shape[:2]
    factor = max(1.0, SHORT_SIDE / min(height, width))
    factor = min(factor, max(LONG_SIDE / max(height, width), 1.0)) if factor > 1 else factor
    factor = min(factor, LONG_SIDE / max(height, width)) if max(height, width) > LONG_SIDE else factor
    if factor == 1:
        return levels, 1.0
    how = Image.Resampling.NEAREST if factor > 8 else Image.Resampling.BICUBIC
    large = _image(levels).resize((round(width * factor), round(height * factor)), how)
    return np.asarray(large), factor


def _image(levels: Array) -> Image.Image:
    colour = levels.repeat(3, axis=2) if levels.shape[2] == 1 else levels
    return Image.fromarray(colour.astype(np.uint8)).convert("RGB")


def found(levels: Array, things: Sequence[Thing], threshold: float, skeleton: Any = None) -> Array:
    """The picture with boxes and key points of all things."""
    picture, factor = shown(levels)
    boxed = [one for one in things if one.box is not None]
    for i, one in enumerate(things):
        if one.points is not None:
            picture = gl.image.draw_keypoints(
                picture, one.points * factor, skeleton=skeleton, scores=one.sure, threshold=threshold,
                colors=[PALETTE[i % len(PALETTE)]], radius=1.6 if len(one.points) > 50 else None,
            )  # fmt: skip
    if boxed:
        picture = gl.image.draw_bounding_boxes(
            picture, np.stack([one.box for one in boxed if one.box is not None]) * factor,
            [one.name for one in boxed], [one.score for one in boxed],
        )  # fmt: skip
    return picture


def masked(levels: Array, kinds: Array, names: Sequence[str]) -> Array:
    """The picture with its classes in colours, and which is which at its right."""
    picture, factor = shown(levels)
    at = [np.minimum((np.arange(n) / factor).astype(int), have - 1)
          for n, have in zip(picture.shape[:2], kinds.shape, strict=True)]  # fmt: skip
    drawn = _image(gl.image.draw_segmentation_masks(picture, kinds[at[0][:, None], at[1]].astype(np.int32)))
    present = [(int(kind), float((kinds == kind).mean())) for kind in np.unique(kinds) if kind > 0]
    present = sorted(present, key=lambda one: -one[1])[:20]
    font = _font(17)
    wide = max([font.getlength(names[kind]) for kind, _ in present], default=0)
    sheet = Image.new(
        "RGB", (drawn.width + round(wide) + 150, max(drawn.height, 30 * len(present) + 40)), PAPER
    )
    sheet.paste(drawn, (0, 0))
    draw = ImageDraw.Draw(sheet)
    for row, (kind, share) in enumerate(present):
        x, y = drawn.width + 22, 22 + 30 * row
        draw.rectangle((x, y, x + 18, y + 18), fill=PALETTE[(kind - 1) % len(PALETTE)])
        draw.text((x + 28, y - 2), names[kind], font=font, fill=INK)
        draw.text((x + 40 + wide, y - 2), f"{share:.0%}", font=font, fill=SOFT)
    return np.asarray(sheet)


def _font(size: float) -> Any:
    return ImageFont.load_default(size)


def ranked(beside: Image.Image, title: str, best: Sequence[Prediction]) -> Array:
    """What was classified, and bars for the likeliest classes at its right."""
    font, small = _font(19), _font(15)
    name = max(min(max((font.getlength(one.name) for one in best), default=0), 460), 90)
    tall = max(beside.height, 46 * len(best) + 40) + 2 * MARGIN
    sheet = Image.new("RGB", (beside.width + 3 * MARGIN + round(name) + 400, tall), PAPER)
    sheet.paste(beside, (MARGIN, MARGIN))
    draw = ImageDraw.Draw(sheet)
    left = beside.width + 2 * MARGIN
    draw.text((left, MARGIN - 4), title, font=small, fill=SOFT)
    most = max([one.score for one in best] + [1e-9])
    for row, one in enumerate(best):
        y = MARGIN + 34 + 46 * row
        draw.text((left + name, y + 13), _cut(one.name, font, name), font=font, fill=INK, anchor="rm")
        x = left + name + 14
        draw.rectangle((x, y, x + max(280 * max(one.score, 0) / max(most, 1.0), 2), y + 26),
                       fill=PALE if row else BLUE)  # fmt: skip
        end = x + max(280 * max(one.score, 0) / max(most, 1.0), 2)
        draw.text((end + 8, y + 13), percent(one.score), font=small, fill=SOFT, anchor="lm")
    return np.asarray(sheet)


def percent(score: float) -> str:
    """A score as people read it; what is no part of 1, as it is.

    >>> percent(0.123), percent(-2.5)
    ('12.3%', '-2.50')
    """
    return f"{score:.1%}" if 0 <= score <= 1 else f"{score:.2f}"


def _cut(text: str, font: Any, width: float) -> str:
    while font.getlength(text) > width and len(text) > 1:
        text = text[:-2].rstrip() + "\u2026"
    return text


def pictured(levels: Array) -> Image.Image:
    """What was classified, as a picture of a bounded size."""
    picture = _image(shown(levels)[0])
    picture.thumbnail((520, 420))
    return picture


def written(text: str) -> Image.Image:
    """What was classified, as the first lines of a text."""
    font = _font(16)
    lines = [_cut(line.expandtabs(4) or " ", font, 500) for line in text.splitlines()[:16]] or [" "]
    page = Image.new("RGB", (540, 24 * len(lines) + 32), (255, 255, 255))
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, page.width - 1, page.height - 1), outline=FAINT)
    for row, line in enumerate(lines):
        draw.text((18, 16 + 24 * row), line, font=font, fill=INK)
    return page


# -- notes ---------------------------------------------------------------------------------------------------


def roll(heard: Heard, notes: Sequence[Note], title: str) -> Array:
    """The notes over time as a piano roll, over how likely each key sounds."""
    pitches = [note.pitch for note in notes] or [60, 72]
    low, high = min(pitches) - 3, max(pitches) + 3
    seconds = float(heard.seconds[-1]) if len(heard.seconds) else 1.0
    scale = min(SECOND_PIXELS, MOST_WIDE / max(seconds, 1e-9))
    wide, tall = max(round(seconds * scale), 400), (high - low + 1) * KEY_PIXELS
    sheet = Image.new("RGB", (wide + 90 + MARGIN, tall + 110), PAPER)
    draw, font = ImageDraw.Draw(sheet), _font(13)
    left, top = 90, 56
    draw.text((left, 16), title, font=_font(19), fill=INK)
    sheet.paste(_likely(heard, low, high, wide, scale), (left, top))
    for pitch in range(low, high + 1):
        y = top + (high - pitch) * KEY_PIXELS
        if NAMES[pitch % 12] in ("C", "F") or pitch in pitches:
            draw.line((left, y + KEY_PIXELS, left + wide, y + KEY_PIXELS), fill=FAINT)
        if pitch in pitches or pitch % 12 == 0:
            name = Note(0, 0, pitch, 0).name
            shade = INK if pitch in pitches else SOFT
            draw.text((left - 10, y + KEY_PIXELS / 2), name, font=font, fill=shade, anchor="rm")
    for note in notes:
        y = top + (high - note.pitch) * KEY_PIXELS
        x = left + note.start * scale
        end = max(left + note.end * scale - 1, x + 2)
        tone = tuple(round(255 + (level - 255) * (0.45 + 0.55 * note.score)) for level in BLUE)
        draw.rounded_rectangle((x, y + 1, end, y + KEY_PIXELS - 1), radius=3, fill=tone)
    step = next((one for one in (1, 2, 5, 10, 30, 60, 300) if one * scale >= 60), 600)
    for second in range(0, int(seconds) + 1, step):
        x = left + second * scale
        draw.line((x, top + tall, x, top + tall + 6), fill=SOFT)
        draw.text((x, top + tall + 12), f"{second} s", font=font, fill=SOFT, anchor="ma")
    return np.asarray(sheet)


def _likely(heard: Heard, low: int, high: int, wide: int, scale: float) -> Image.Image:
    """The background: how likely each key sounds, from paper to a light blue."""
    at = np.clip(np.searchsorted(heard.seconds, np.arange(wide) / scale), 0, max(len(heard.seconds) - 1, 0))
    keys = np.arange(high, low - 1, -1) - 21
    known = (keys >= 0) & (keys < heard.sounding.shape[1])
    chances = heard.sounding[at][:, np.clip(keys, 0, heard.sounding.shape[1] - 1)].T * known[:, None]
    share = np.clip((chances - 0.15) / 0.85, 0, 1)[..., None]
    tones = np.array(PAPER) + share * (np.array((150, 190, 220)) - np.array(PAPER))
    return Image.fromarray(tones.astype(np.uint8).repeat(KEY_PIXELS, axis=0))
