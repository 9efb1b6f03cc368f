"""What shaders over windows are given: the uniforms and defines of `lib/window.glsl`."""

from functools import lru_cache
from typing import Any

from glbackend.base.window import Window

UNROLLED = 25  # filters of at most this many taps are compiled in: their loops unroll


@lru_cache(maxsize=1024)
def window_uniforms(window: Window) -> dict[str, Any]:
    """Sizes as uniforms, in pairs of height, width."""
    return {
        "in_size": window.in_size, "out_size": window.out_size, "taps": window.filter_size,
        "stride": window.strides, "dilation": window.dilations, "pad": window.pads_before,
    }  # fmt: skip


def tap_defines(window: Window) -> dict[str, object]:
    """`TAPS` and `STRIDE` where the filter is small."""
    height, width = window.filter_size
    if height * width > UNROLLED:
        return {}
    return {"TAPS": f"{height}, {width}", "STRIDE": "{}, {}".format(*window.strides)}
