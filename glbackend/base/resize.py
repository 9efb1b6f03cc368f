"""Where positions of a resized axis lie in the original: in integers, so that backends agree on them."""

from math import gcd
from typing import NamedTuple

from glbackend.base.shapes import Shape


class Scale(NamedTuple):
    """Output position i lies at (factor * i + offset) / divisor of the input's positions."""

    factor: int
    offset: int
    divisor: int


def axis_scale(
    size: int, resized: int, align_corners: bool, half_pixel_centers: bool, nearest: bool
) -> Scale:
    """The scale of one axis. As TF.js's resizeBilinear and resizeNearestNeighbor, without rounding errors.

    For `nearest` the position is rounded by what follows: the whole part of the quotient is the neighbour.

    >>> axis_scale(2, 4, False, False, False), axis_scale(3, 5, True, False, False)
    (Scale(factor=1, offset=0, divisor=2), Scale(factor=1, offset=0, divisor=2))
    """
    if align_corners and resized > 1:
        factor, offset, divisor = size - 1, 0, resized - 1
        if nearest:  # rounds half up
            factor, offset, divisor = 2 * factor, divisor, 2 * divisor
    elif half_pixel_centers:
        factor, offset, divisor = 2 * size, size if nearest else size - resized, 2 * resized
    else:
        factor, offset, divisor = size, 0, max(resized, 1)
        if nearest and align_corners:
            factor, offset, divisor = 2 * factor, divisor, 2 * divisor
    common = gcd(factor, offset, divisor) or 1
    return Scale(factor // common, offset // common, divisor // common)


class Resizing(NamedTuple):
    """The scales of rows and columns, and the attrs that they came from."""

    rows: Scale
    columns: Scale
    align_corners: bool
    half_pixel_centers: bool


def resizing(
    size: Shape,
    resized: Shape,
    align_corners: bool,
    half_pixel_centers: bool,
    nearest: bool,
) -> Resizing:
    """How images of `size` (height, width) become images of the size `resized`."""
    how = bool(align_corners), bool(half_pixel_centers)
    rows, columns = (axis_scale(size[i], resized[i], *how, nearest) for i in (0, 1))
    return Resizing(rows, columns, *how)
