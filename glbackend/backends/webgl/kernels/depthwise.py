"""Depthwise convolutions: a fragment per texel of the result; the filter's gradient is two passes."""

from collections.abc import Mapping
from dataclasses import replace

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.glsl.epilogue import PLAIN, Epilogue, epilogue
from glbackend.backends.webgl.kernels.conv2d import WIDEST, added_strips
from glbackend.backends.webgl.plan.tiling import MAX_TURNS
from glbackend.backends.webgl.plan.turns import cut, draw_parts
from glbackend.backends.webgl.plan.window import loops, meetings, tap_defines, window_uniforms
from glbackend.base.shapes import Spec
from glbackend.base.window import Window
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

WANTED_FRAGMENTS = 8192  # where a few sums go over whole images


def _multiplied(window: Window) -> tuple[dict[str, object], dict[str, int]]:
    """Defines and uniforms for more than one filter per channel."""
    if window.multiplier == 1:
        return {}, {}
    return {"MULTIPLIED": 1}, {"multiplier": window.multiplier}


def _taps_by_channel(filter: Handle, window: Window) -> Handle:
    """The filter with the result's channels last: with a multiplier of 1 its own last axis is a waste."""
    return filter.view((*window.filter_size, window.out_channels))


def _reversed(window: Window) -> Window:
    """From the output back to the input, for unit strides."""
    pads = tuple(
        (extent - 1 - before, 0) for extent, (before, _) in zip(window.extent, window.pads, strict=True)
    )
    return replace(window, in_size=window.out_size, out_size=window.in_size, pads=pads)


def convolved(
    webgl: WebGL,
    x: Handle,
    filter: Handle,
    out: Spec,
    window: Window,
    last: Epilogue,
    more: Mapping[str, object] | None = None,
) -> Handle:
    defines, uniforms = _multiplied(window)
    handle: Handle = draw_parts(
        webgl, "depthwise", out, {"x": x, "filter": _taps_by_channel(filter, window), **last.inputs},
        cut(*loops(window)), between=[out],
        uniforms={**window_uniforms(window), **uniforms, **last.uniforms},
        defines={**defines, **(more or {}), **tap_defines(window)},
        pieces={"epilogue": last.piece}, first_pieces={"epilogue": PLAIN.piece}, by_number=("x", "filter"),
    )  # fmt: skip
    return handle


@kernel("DepthwiseConv2dNative", "webgl")
def depthwise_conv2d(webgl: WebGL, x: Handle, filter: Handle, *, out: Spec, window: Window) -> Handle:
    """One pass."""
    return convolved(webgl, x, filter, out, window, PLAIN)


@kernel("FusedDepthwiseConv2D", "webgl")
def fused_depthwise_conv2d(
    webgl: WebGL,
    x: Handle,
    filter: Handle,
    bias: Handle | None = None,
    prelu_activation_weights: Handle | None = None,
    *,
    out: Spec,
    window: Window,
    activation: str | None,
    alpha: float,
) -> Handle:
    """One pass: bias and activation are applied before the texel is written."""
    last = epilogue(out, bias, prelu_activation_weights, activation, alpha)
    return convolved(webgl, x, filter, out, window, last)


@kernel("DepthwiseConv2dNativeBackpropInput", "webgl")
def depthwise_conv2d_backprop_input(
    webgl: WebGL, dy: Handle, filter: Handle, *, out: Spec, window: Window
) -> Handle:
    """One pass: gathers; with one filter per channel and unit strides a convolution, the taps reversed."""
    if window.multiplier == 1 and set(window.strides) == {1}:
        return convolved(webgl, dy, filter, out, _reversed(window), PLAIN, {"REVERSED": 1})
    defines, uniforms = _multiplied(window)
    handle: Handle = draw_parts(
        webgl, "depthwise_input_grad", out, {"dy": dy, "filter": _taps_by_channel(filter, window)},
        cut(*meetings(window), each=4 * window.multiplier + 1 if defines else 1), between=[out],
        uniforms={**window_uniforms(window), **uniforms}, defines={**defines, **tap_defines(window)},
        by_number=("dy", "filter"),
    )  # fmt: skip
    return handle


@kernel("DepthwiseConv2dNativeBackpropFilter", "webgl")
def depthwise_conv2d_backprop_filter(
    webgl: WebGL, x: Handle, dy: Handle, *, out: Spec, window: Window
) -> Handle:
    """Two passes: shares of each sum, then their sums."""
    if window.out_width > WIDEST:
        return added_strips(webgl, depthwise_conv2d_backprop_filter, x, dy, out, window)
    taps, channels = window.filter_height * window.filter_width, window.out_channels
    texels = taps * -(-channels // 4)
    rows = window.batch * window.out_height
    longest = max(MAX_TURNS // (window.out_width // 4 + 4), 1)  # rows that a fragment may walk
    parts = max(1, min(rows, WANTED_FRAGMENTS // max(texels, 1)), -(-rows // longest))
    span = -(-rows // parts)
    parts = max(1, -(-rows // span)) if span else 1
    defines, uniforms = _multiplied(window)
    with webgl.by_number(2 * webgl.layout(dy.shape).texels * taps, {"x": x, "dy": dy}) as operands:
        shares = webgl.draw(
            "depthwise_filter_grad", Spec((parts, taps, channels)), operands,
            uniforms={**window_uniforms(window), **uniforms, "rows": rows, "span": span}, defines=defines,
        )  # fmt: skip
    if parts > 1:
        shares = webgl.draw(
            "add_parts", Spec((taps, channels)), {"x": shares}, uniforms={"parts": parts, "stride": texels}
        )
    result: Handle = shares.view(out.shape)
    return result
