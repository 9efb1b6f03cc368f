"""What shaders over windows are given: the uniforms and defines of `lib/window.glsl` and `lib/depth.glsl`."""

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


def tap_defines(window: Window) -> dict[str, object]:
    """`TAPS` and `STRIDE` where the filter is small; `DEEP` over volumes."""
    flat = image_window(window)
    height, width = flat.filter_size
    small = {"TAPS": f"{height}, {width}", "STRIDE": "{}, {}".format(*flat.strides)}
    return (small if height * width <= UNROLLED_TAPS else {}) | deep_defines(window)
