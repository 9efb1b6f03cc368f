"""Arrays as windows see them: padded, and the slice that one filter position meets at all outputs."""

from typing import Any

import numpy as np

from glbackend.base.window import Window

Array = np.ndarray[Any, Any]


def padded(x: Array, window: Window, value: float = 0) -> Array:
    """x [batch, height, width, channels] with the window's padding around it."""
    if not any(after or before for before, after in window.explicit_padding()):
        return x
    return np.pad(x, window.explicit_padding(), constant_values=value)


def tap(array: Array, window: Window, y: int, x: int) -> Array:
    """What filter position (y, x) meets of a padded array: a view, [batch, out height, out width, C]."""
    slices = []
    for dim, position in enumerate((y, x)):
        start, step = position * window.dilations[dim], window.strides[dim]
        places = window.out_size[dim]
        slices.append(slice(start, start + (places - 1) * step + 1 if places else start, step))
    return array[:, slices[0], slices[1]]


def cropped(array: Array, window: Window) -> Array:
    """A padded array without its padding."""
    top, left = window.pads_before
    return array[:, top : top + window.in_height, left : left + window.in_width]


def padded_zeros(window: Window, dtype: Any) -> Array:
    """Zeros in the shape of the padded input: gradients are added to its taps, then it is cropped."""
    sizes = window.explicit_padding()
    return np.zeros([size + sum(pad) for size, pad in zip(window.x_shape, sizes, strict=True)], dtype)


def taps(window: Window) -> list[tuple[int, int]]:
    """Filter positions, row by row."""
    return [(y, x) for y in range(window.filter_height) for x in range(window.filter_width)]
