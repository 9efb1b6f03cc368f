"""Pools over images and volumes, and their gradients: a fragment per texel; wide windows go in two passes."""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.glsl.epilogue import PLAIN, Epilogue
from glbackend.backends.webgl.plan.turns import cut, draw_parts
from glbackend.backends.webgl.plan.window import UNROLLED_TAPS, loops, meetings, tap_defines, window_uniforms
from glbackend.base.dtypes import DType
from glbackend.base.shapes import Spec
from glbackend.base.window import Window
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

ONE_PASS_TAPS = 64  # beyond, two passes take less time than one
What = Literal["MAX", "SUM", "AT", "TAKE", "TAKE_TAP", "WITH_PLACE"]  # names that pool.glsl explains


def draw_pool(
    webgl: WebGL,
    inputs: Mapping[str, Handle],
    out: Spec | tuple[Spec, Spec],
    window: Window,
    what: What,
    uniforms: Mapping[str, int] | None = None,
) -> Any:
    """Draws pool.glsl over the input x, added to the input filter if there is one."""
    defines, parts, between, sizes = _plan(window, what, inputs["x"].dtype != "float32", "filter" in inputs)
    return draw_parts(
        webgl, "pool", out, inputs, parts, between=between, uniforms={**sizes, **(uniforms or {})},
        defines=defines, by_number=tuple(inputs),
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _plan(window: Window, what: What, integer: bool, added: bool) -> Any:
    """The defines of pool.glsl, its passes, what lies between these, and the uniforms of the window."""
    defines: dict[str, object] = {"WHAT": what, **tap_defines(window)}
    flags = {"INTEGER": integer, "ADDED": added, "MANY_TAPS": what == "AT" and _many_taps(window)}
    defines |= {name: 1 for name, wanted in flags.items() if wanted}
    best = Spec(window.y_shape, "int32" if integer and what != "SUM" else "float32")
    kept: dict[str, DType] = {"AT": "int32", "WITH_PLACE": "int32", "TAKE": "float32", "TAKE_TAP": "float32"}
    between = (best, Spec(window.y_shape, kept[what])) if what in kept else (best,)
    return defines, cut(*loops(window)), between, window_uniforms(window)


def _many_taps(window: Window) -> bool:
    """Whether float32 cannot hold the number of every tap."""
    return math.prod(window.filter_size) > 1 << 24


def draw_places(webgl: WebGL, inputs: Mapping[str, Handle], window: Window) -> Handle:
    """At which tap each window of the input x has its largest."""
    out = Spec(window.y_shape, "int32" if _many_taps(window) else "float32")
    found: Handle = draw_pool(webgl, inputs, out, window, "AT")
    return found


def _separated(window: Window) -> tuple[Window, Window]:
    """A window along the last dim only, and one along the others over its result."""
    before, ones = len(window.in_size) - 1, (1,) * (len(window.in_size) - 1)
    none = ((0, 0),)
    along = replace(
        window, filter_size=(*ones, window.filter_width), strides=(*ones, window.strides[-1]),
        dilations=(*ones, window.dilations[-1]), pads=(*none * before, window.pads[-1]),
        out_size=(*window.in_size[:-1], window.out_width),
    )  # fmt: skip
    down = replace(
        window, in_size=along.out_size, filter_size=(*window.filter_size[:-1], 1),
        strides=(*window.strides[:-1], 1), dilations=(*window.dilations[:-1], 1),
        pads=(*window.pads[:-1], *none),
    )  # fmt: skip
    return along, down


def _reads(window: Window) -> int:
    """How often the windows read, for a channel of an image."""
    return math.prod(window.out_size) * math.prod(window.filter_size)


@lru_cache(maxsize=1024)
def _separates(window: Window) -> bool:
    """Whether two passes pay: for wide windows, and where loops do not unroll and windows overlap."""
    taps = math.prod(window.filter_size)
    if taps == max(window.filter_size) or window.filter_width == 1:
        return False
    if taps > ONE_PASS_TAPS or window.filter_height * window.filter_width <= UNROLLED_TAPS:
        return taps > ONE_PASS_TAPS
    return 3 * sum(map(_reads, _separated(window))) < 2 * _reads(window)


def _pool(
    webgl: WebGL, x: Handle, out: Spec, window: Window, what: What, count_padding: bool = False
) -> Handle:
    """In one pass or two: a window's mean is the mean of its rows' means, each over as many columns."""
    uniforms = {"count_padding": int(count_padding)}
    if not _separates(window):
        return draw_pool(webgl, {"x": x}, out, window, what, uniforms)
    along, down = _separated(window)
    rows = draw_pool(webgl, {"x": x}, Spec(along.y_shape, out.dtype), along, what, uniforms)
    return draw_pool(webgl, {"x": rows}, out, down, what, uniforms)


@kernel("MaxPool", "webgl")
@kernel("MaxPool3D", "webgl")
def max_pool(webgl: WebGL, x: Handle, *, out: Spec, window: Window) -> Handle:
    """The largest of each window."""
    return _pool(webgl, x, out, window, "MAX")


@kernel("MaxPoolWithArgmax", "webgl")
def max_pool_with_argmax(
    webgl: WebGL, x: Handle, *, out: tuple[Spec, Spec], window: Window, include_batch: bool
) -> tuple[Handle, Handle]:
    """One pass into two textures."""
    uniforms = {"include_batch": int(include_batch)}
    return draw_pool(webgl, {"x": x}, out, window, "WITH_PLACE", uniforms)


@kernel("AvgPool", "webgl")
@kernel("AvgPool3D", "webgl")
def avg_pool(webgl: WebGL, x: Handle, *, out: Spec, window: Window, count_padding: bool) -> Handle:
    """The mean of what each window sees."""
    return _pool(webgl, x, out, window, "SUM", count_padding)


@kernel("MaxPoolGrad", "webgl")
@kernel("MaxPool3DGrad", "webgl")
def max_pool_grad(
    webgl: WebGL, dy: Handle, input: Handle, output: Handle | None = None, *, out: Spec, window: Window
) -> Handle:
    """Two passes: where each window's maximum is, then each input position asks its windows."""
    return max_gathered(webgl, dy, input, out, window, PLAIN)


def max_gathered(
    webgl: WebGL, dy: Handle, input: Handle, out: Spec, window: Window, last: Epilogue
) -> Handle:
    """The gradient of a pool of maxima, through the epilogue `last`."""
    found = draw_places(webgl, {"x": input}, window)
    return _gathered(webgl, {"dy": dy, "found": found}, out, window, {"MAX": 1}, last)


def _gathered(
    webgl: WebGL,
    inputs: Mapping[str, Handle],
    out: Spec,
    window: Window,
    defines: Mapping[str, object],
    last: Epilogue,
) -> Handle:
    handle: Handle = draw_parts(
        webgl, "pool_grad", out, {**inputs, **last.inputs}, cut(*meetings(window)), between=[out],
        uniforms={**window_uniforms(window), **last.uniforms}, defines={**defines, **tap_defines(window)},
        pieces={"epilogue": last.piece}, first_pieces={"epilogue": PLAIN.piece}, by_number=("dy",),
    )  # fmt: skip
    return handle


@kernel("MaxPoolGradGrad", "webgl")
@kernel("MaxPool3DGradGrad", "webgl")
def max_pool_grad_grad(webgl: WebGL, dy: Handle, input: Handle, *, out: Spec, window: Window) -> Handle:
    """One pass: dy follows the search for the maximum."""
    return draw_pool(webgl, {"x": input, "dy": dy}, out, window, "TAKE")


@kernel("AvgPoolGrad", "webgl")
@kernel("AvgPool3DGrad", "webgl")
def avg_pool_grad(
    webgl: WebGL, dy: Handle, input: Handle, *, out: Spec, window: Window, count_padding: bool
) -> Handle:
    """One pass: gathers its share of every window that sees the position."""
    return mean_gathered(webgl, dy, out, window, count_padding, PLAIN)


def mean_gathered(
    webgl: WebGL, dy: Handle, out: Spec, window: Window, count_padding: bool, last: Epilogue
) -> Handle:
    """The gradient of a pool of means, through the epilogue `last`."""
    counted = window.over_border and not count_padding  # else all windows see as many
    return _gathered(webgl, {"dy": dy}, out, window, {"COUNTED": 1} if counted else {}, last)
