"""What the windows of a filter see: blocks of views of a padded part, or position by position, unpadded."""

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from glbackend.base.shapes import Shape
from glbackend.base.window import Window

Array = np.ndarray[Any, Any]
Index = tuple[slice, ...]
BLOCK_BYTES = 1 << 20  # of what is gathered at a time: half of a core's second cache


def blocks(sizes: Shape, nbytes: int, limit: int = BLOCK_BYTES) -> Iterator[Index]:
    """Boxes that cover `sizes`, row by row, of at most `limit` bytes where a place takes `nbytes`.

    >>> [[(s.start, s.stop) for s in box] for box in blocks((2, 3), 4, 8)]
    [[(0, 1), (0, 2)], [(0, 1), (2, 3)], [(1, 2), (0, 2)], [(1, 2), (2, 3)]]
    """
    if not sizes:
        yield ()
        return
    each = max(math.prod(sizes[1:]) * nbytes, 1)
    step = max(limit // each, 1)
    for start in range(0, sizes[0], step):
        head = slice(start, min(start + step, sizes[0]))
        for tail in blocks(sizes[1:], nbytes, limit):
            yield (head, *tail)


class Piece(NamedTuple):
    """A box of the output and the `part` of the input that its windows see.

    The windows span `spans`; where that is more, zeros stand before the part, as many as `starts`, and after.
    """

    box: Index
    part: Index
    starts: Shape
    spans: Shape
    shape: Shape  # [*box, *filter size, channels]


@lru_cache(maxsize=256)
def pieces(window: Window, nbytes: int, limit: int = BLOCK_BYTES) -> tuple[Piece, ...]:
    """The output in boxes of at most `limit` bytes, at `nbytes` a pixel, and where their windows lie."""
    found = []
    for box in blocks(window.y_shape[:-1], nbytes, limit):
        counts = [one.stop - one.start for one in box]
        places = zip(box[1:], counts[1:], window.strides, window.extent, window.pads_before, strict=True)
        reached = [(s.start * step - before, (n - 1) * step + reach) for s, n, step, reach, before in places]
        part = tuple(slice(max(low, 0), max(low + span, 0)) for low, span in reached)
        starts, spans = tuple(max(-low, 0) for low, _ in reached), tuple(span for _, span in reached)
        shape = (*counts, *window.filter_size, window.in_channels)
        found.append(Piece(box, (box[0], *part), starts, spans, shape))
    return tuple(found)


def seen(x: Array, window: Window, piece: Piece) -> Array:
    """What the windows of a piece see of x: a view [*box, *filter size, channels]; 0 outside of x."""
    part = x[piece.part]
    if part.shape[1:-1] != piece.spans:
        part = _bordered(part, piece.starts, piece.spans)
    image, *steps, channel = part.strides
    across = [s * step for s, step in zip(steps, window.strides, strict=True)]
    within = [s * gap for s, gap in zip(steps, window.dilations, strict=True)]
    shape = (*piece.shape[:-1], x.shape[-1])
    return as_strided(part, shape, (image, *across, *within, channel), writeable=False)


def _bordered(part: Array, starts: Shape, spans: Shape) -> Array:
    """`part` within zeros: `starts` before it along each dim, as many after it as make `spans`."""
    wide = np.empty((len(part), *spans, part.shape[-1]), part.dtype)
    inner = tuple(slice(a, a + n) for a, n in zip(starts, part.shape[1:-1], strict=True))
    wide[(slice(None), *inner)] = part
    for dim, one in enumerate(inner):  # of dims before, only what is not zero yet
        before = (slice(None), *inner[:dim])
        wide[(*before, slice(0, one.start))] = 0
        wide[(*before, slice(one.stop, None))] = 0
    return wide


class Strip(NamedTuple):
    """Some images, or some lines of one: where they lie in input and output, and their own geometry."""

    of: Index
    at: Index
    window: Window


@lru_cache(maxsize=256)
def strips(window: Window, nbytes: int) -> tuple[Strip, ...]:
    """The output in strips of some BLOCK_BYTES, at `nbytes` a line: what is made on the way stays near."""
    step, before, size = window.strides[0], window.pads_before[0], window.in_size[0]
    found = []
    for images, lines in blocks(window.y_shape[:2], nbytes, 4 * BLOCK_BYTES):
        low = lines.start * step - before
        high = (lines.stop - 1) * step - before + window.extent[0]
        part = slice(max(low, 0), max(min(high, size), 0))
        within = replace(
            window,
            batch=images.stop - images.start,
            in_size=(max(part.stop - part.start, 0), *window.in_size[1:]),
            out_size=(lines.stop - lines.start, *window.out_size[1:]),
            pads=((max(-low, 0), max(high - size, 0)), *window.pads[1:]),
        )
        found.append(Strip((images, part), (images, lines), within))
    return tuple(found)


class Meeting(NamedTuple):
    """At the filter position `place`, which is number `number`, the output `at` sees the input `of`."""

    number: int
    place: tuple[int, ...]
    of: Index
    at: Index


def meetings(window: Window) -> Iterator[Meeting]:
    """Every filter position, row by row (of volumes image by image), and what meets there; never padding."""
    for number, place in enumerate(product(*map(range, window.filter_size))):
        met = [met_along(window, dim, position) for dim, position in enumerate(place)]
        of, at = (slice(None), *(one[0] for one in met)), (slice(None), *(one[1] for one in met))
        yield Meeting(number, place, of, at)


@lru_cache(maxsize=1024)
def met_along(window: Window, dim: int, position: int) -> tuple[slice, slice]:
    """Along one dim, input and output where they meet; both empty where all is padding."""
    stride = window.strides[dim]
    shift = position * window.dilations[dim] - window.pads[dim][0]  # of the input against the output
    first = max(0, -(shift // stride))
    last = min(window.out_size[dim], (window.in_size[dim] - 1 - shift) // stride + 1)
    if last <= first:
        return slice(0, 0), slice(0, 0)
    return slice(first * stride + shift, (last - 1) * stride + shift + 1, stride), slice(first, last)
