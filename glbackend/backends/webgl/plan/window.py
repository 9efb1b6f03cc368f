"""What shaders over windows are given: the uniforms and defines of `lib/window.glsl` and `lib/depth.glsl`."""

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

from glbackend.base.window import Window

UNROLLED_TAPS = 25  # filters of so many (in an image) or fewer are compiled in: their loops unroll


@lru_cache(maxsize=1024)
def image_window(window: Window) -> Window:
    """The window in height and width. Over volumes the images of the result count as a batch."""
    if not window.is_volume:
        return window
    return replace(
        window, batch=window.batch * window.out_size[0], in_size=window.in_size[1:],
        filter_size=window.filter_size[1:], strides=window.strides[1:], dilations=window.dilations[1:],
        pads=window.pads[1:], out_size=window.out_size[1:],
    )  # fmt: skip


def deep_uniforms(window: Window) -> dict[str, Any]:
    """Sizes along the depth of a window over volumes."""
    if not window.is_volume:
        return {}
    return {
        "depths": (window.in_size[0], window.out_size[0]),
        "deep_taps": window.filter_size[0],
        "deep_stride": window.strides[0],
        "deep_dilation": window.dilations[0],
        "deep_pad": window.pads[0][0],
    }


def deep_defines(window: Window) -> dict[str, object]:
    """`DEEP` over volumes."""
    return {"DEEP": 1} if window.is_volume else {}


@lru_cache(maxsize=1024)
def window_uniforms(window: Window) -> dict[str, Any]:
    """Sizes as uniforms, in pairs of height, width."""
    flat = image_window(window)
    return {
        "in_size": flat.in_size, "out_size": flat.out_size, "taps": flat.filter_size,
        "stride": flat.strides, "dilation": flat.dilations, "pad": flat.pads_before, **deep_uniforms(window),
    }  # fmt: skip


def loops(window: Window) -> tuple[int, int, int]:
    """Taps along depth, height and width: the turns of loops over a window."""
    height, width = image_window(window).filter_size
    return window.filter_size[0] if window.is_volume else 1, height, width


def meetings(window: Window) -> tuple[int, int, int]:
    """At most how many windows see one position, along depth, height and width."""
    strides, sizes = ((1,) * (3 - len(those)) + those for those in (window.strides, window.out_size))
    taps = loops(window)
    deep, high, wide = (-(-taps[i] // strides[i]) for i in range(3))
    deep = min(deep, sizes[0])
    if math.prod(taps[1:]) <= UNROLLED_TAPS:
        return deep, high, wide
    return deep, min(high, sizes[1]), min(wide, sizes[2])


def strips(window: Window, width: int) -> list[tuple[int, Window]]:
    """The window over at most `width` columns of the result at a time, and the column where each begins."""
    found = []
    for first in range(0, window.out_width, width):
        before, after = window.pads[-1]
        found.append((first, replace(
            window, out_size=(*window.out_size[:-1], min(width, window.out_width - first)),
            pads=(*window.pads[:-1], (before - first * window.strides[-1], after)),
        )))  # fmt: skip
    return found


def tap_defines(window: Window) -> dict[str, object]:
    """`TAPS` and `STRIDE` where the filter is small; `DEEP` over volumes."""
    flat = image_window(window)
    height, width = flat.filter_size
    small = {"TAPS": f"{height}, {width}", "STRIDE": "{}, {}".format(*flat.strides)}
    return (small if height * width <= UNROLLED_TAPS else {}) | deep_defines(window)
