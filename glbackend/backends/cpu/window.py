"""Which slices of an input and an output meet at each position of a filter: padding is never touched."""

from collections.abc import Iterator
from typing import NamedTuple

from glbackend.base.window import Window

Index = tuple[slice, ...]


class Meeting(NamedTuple):
    """At the filter position `place`, which is number `number`, the output `at` sees the input `of`."""

    number: int
    place: tuple[int, int]
    of: Index
    at: Index


def meetings(window: Window) -> Iterator[Meeting]:
    """Every filter position, row by row."""
    for y in range(window.filter_height):
        for x in range(window.filter_width):
            rows, columns = _slices(window, 0, y), _slices(window, 1, x)
            of, at = (slice(None), rows[0], columns[0]), (slice(None), rows[1], columns[1])
            yield Meeting(y * window.filter_width + x, (y, x), of, at)


def _slices(window: Window, dim: int, position: int) -> tuple[slice, slice]:
    """Along one dim, input and output where they meet; both empty where all is padding."""
    stride = window.strides[dim]
    shift = position * window.dilations[dim] - window.pads[dim][0]  # of the input against the output
    first = max(0, -(shift // stride))
    last = min(window.out_size[dim], (window.in_size[dim] - 1 - shift) // stride + 1)
    if last <= first:
        return slice(0, 0), slice(0, 0)
    return slice(first * stride + shift, (last - 1) * stride + shift + 1, stride), slice(first, last)
