"""Where pixels of cropped, transformed and rotated images lie in the image that they come from."""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np

FillMode = Literal["constant", "reflect", "wrap", "nearest"]
FILL_MODES: tuple[FillMode, ...] = get_args(FillMode)


class Sampling(NamedTuple):
    """How a transformed image is read: bilinear or nearest, what lies outside, counted from which (x, y)."""

    bilinear: bool
    mode: FillMode
    origin: tuple[float, float]


def rotation(
    radians: float, center: float | Sequence[float], height: int, width: int
) -> tuple[tuple[float, ...], tuple[float, float]]:
    """The eight numbers of a transform that turns about a centre (shares of width and height); its origin.

    Rounded to float32, so that every backend turns by the same angle.

    >>> rotation(0.0, 0.5, 4, 6)
    ((1.0, -0.0, 3.0, 0.0, 1.0, 2.0, 0.0, 0.0), (3.0, 2.0))
    """
    across, down = (float(center), float(center)) if isinstance(center, int | float) else center
    x, y = width * across, height * down
    sin, cos = math.sin(radians), math.cos(radians)
    numbers: list[float] = np.array([cos, -sin, x, sin, cos, y, 0.0, 0.0], np.float32).tolist()
    return tuple(numbers), (numbers[2], numbers[5])
