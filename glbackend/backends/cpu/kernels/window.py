"""Which slices of an input and an output meet at each position of a filter: padding is never touched."""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from glbackend.base.window import Window

Index = tuple[slice, ...]


class Meeting(NamedTuple):
    """At the filter position `place`, which is number `number`, the output `at` sees the input `of`."""

    number: int
    place: tuple[int, ...]
    of: Index
    at: Index


def meetings(window: Window) -> Iterator[Meeting]:
    """Every filter position, row by row (of volumes image by image)."""
    for number, place in enumerate(product(*map(range, window.filter_size))):
        met = [_slices(window, dim, position) for dim, position in enumerate(place)]
        of, at = (slice(None), *(one[0] for one in met)), (slice(None), *(one[1] for one in met))
        yield Meeting(number, place, of, at)


def _slices(window: Window, dim: int, position: int) -> tuple[slice, slice]:
    """Along one dim, input and output where they meet; both empty where all is padding."""
    stride = window.strides[dim]
    shift = position * window.dilations[dim] - window.pads[dim][0]  # of the input against the output
    first = max(0, -(shift // stride))
    last = min(window.out_size[dim], (window.in_size[dim] - 1 - shift) // stride + 1)
    if last <= first:
        return slice(0, 0), slice(0, 0)
    return slice(first * stride + shift, (last - 1) * stride + shift + 1, stride), slice(first, last)
