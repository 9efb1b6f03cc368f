"""Grayscale dilation and its gradients: the search of pool.glsl over input plus filter, then gathers."""

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.kernels.pool import draw_places, draw_pool
from glbackend.backends.webgl.plan.tiling import MAX_TURNS
from glbackend.backends.webgl.plan.turns import cut, draw_parts
from glbackend.backends.webgl.plan.window import loops, tap_defines, window_uniforms
from glbackend.base.shapes import Spec
from glbackend.base.window import Window
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

WANTED_FRAGMENTS = 8192  # where a few sums go over whole images
BLOCK_TERMS = 64  # of an inner sum


@kernel("Dilation2D", "webgl")
def dilation2d(webgl: WebGL, x: Handle, filter: Handle, *, out: Spec, window: Window) -> Handle:
    """One pass."""
    return draw_pool(webgl, {"x": x, "filter": filter}, out, window, "MAX")


@kernel("Dilation2DBackpropInput", "webgl")
def dilation2d_backprop_input(
    webgl: WebGL, x: Handle, filter: Handle, dy: Handle, *, out: Spec, window: Window
) -> Handle:
    """Two passes: where each window's largest sum is, then each input position asks its windows."""
    found = draw_places(webgl, {"x": x, "filter": filter}, window)
    handle: Handle = draw_parts(
        webgl, "dilation_input_grad", out, {"dy": dy, "found": found},
        cut(*loops(window)), between=[out],
        uniforms=window_uniforms(window), defines=tap_defines(window), by_number=("dy",),
    )  # fmt: skip
    return handle


@kernel("Dilation2DBackpropFilter", "webgl")
def dilation2d_backprop_filter(
    webgl: WebGL, x: Handle, filter: Handle, dy: Handle, *, out: Spec, window: Window
) -> Handle:
    """Three passes: where each window's largest sum is, shares of each tap's sum, their sums."""
    taps, channels = window.filter_height * window.filter_width, window.out_channels
    texels = taps * -(-channels // 4)
    pixels = window.batch * window.out_height * window.out_width
    wanted = max(WANTED_FRAGMENTS // max(texels, 1), -(-pixels // MAX_TURNS))
    parts = max(1, min(-(-pixels // BLOCK_TERMS), wanted))
    span = -(-pixels // parts)
    parts = max(1, -(-pixels // span)) if span else 1
    result: Handle = webgl.draw(
        "dilation_filter_grad",
        Spec((parts, taps, channels)),
        {"dy": dy, "found": draw_places(webgl, {"x": x, "filter": filter}, window)},
        uniforms={"taps": taps, "pixels": pixels, "span": span, "block": BLOCK_TERMS},
    )
    if parts > 1:
        result = webgl.draw(
            "add_parts", Spec((taps, channels)), {"x": result}, uniforms={"parts": parts, "stride": texels}
        )
    return result.view(out.shape)


@kernel("Dilation2DBackpropInputGrad", "webgl")
def dilation2d_backprop_input_grad(
    webgl: WebGL, x: Handle, filter: Handle, dy: Handle, *, out: Spec, window: Window
) -> Handle:
    """One pass: dy follows the search."""
    return draw_pool(webgl, {"x": x, "filter": filter, "dy": dy}, out, window, "TAKE")


@kernel("Dilation2DBackpropFilterGrad", "webgl")
def dilation2d_backprop_filter_grad(
    webgl: WebGL, x: Handle, filter: Handle, dy: Handle, *, out: Spec, window: Window
) -> Handle:
    """One pass: dy, in the filter's shape, follows the search."""
    return draw_pool(webgl, {"x": x, "filter": filter, "dy": dy}, out, window, "TAKE_TAP")
