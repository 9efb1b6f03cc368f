"""Pools and their gradients: a fragment per texel; wide windows go in two passes, rows then columns."""

from dataclasses import replace

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.window import tap_defines, window_uniforms
from glbackend.base.shapes import Spec
from glbackend.base.window import Window
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

WIDE = 64  # taps above which two passes read less than one
MAX, SUM, AT, TAKE = range(4)  # as in shaders/kernels/pool.glsl


def _pooled(
    gl: WebGL, inputs: dict[str, Handle], out: Spec, window: Window, what: int, count_padding: bool = False
) -> Handle:
    defines = {"WHAT": what, **tap_defines(window)}
    if inputs["x"].dtype != "float32":
        defines["INTEGER"] = 1
    handle: Handle = gl.draw(
        "pool", out, inputs, defines=defines,
        uniforms={**window_uniforms(window), "count_padding": int(count_padding)},
    )  # fmt: skip
    return handle


def _separated(window: Window) -> tuple[Window, Window]:
    """A window along rows only, and one along columns over its result."""
    none = ((0, 0), (0, 0))
    along = replace(
        window, filter_size=(1, window.filter_width), strides=(1, window.strides[1]),
        dilations=(1, window.dilations[1]), pads=(none[0], window.pads[1]),
        out_size=(window.in_height, window.out_width),
    )  # fmt: skip
    down = replace(
        window, in_size=along.out_size, filter_size=(window.filter_height, 1), strides=(window.strides[0], 1),
        dilations=(window.dilations[0], 1), pads=(window.pads[0], none[0]),
    )  # fmt: skip
    return along, down


def _pool(gl: WebGL, x: Handle, out: Spec, window: Window, what: int, count_padding: bool = False) -> Handle:
    """In one pass or two: a window's mean is the mean of its rows' means, each over as many columns."""
    if window.filter_height * window.filter_width <= WIDE or 1 in window.filter_size:
        return _pooled(gl, {"x": x}, out, window, what, count_padding)
    along, down = _separated(window)
    rows = _pooled(gl, {"x": x}, Spec(along.y_shape, out.dtype), along, what, count_padding)
    return _pooled(gl, {"x": rows}, out, down, what, count_padding)


@kernel("MaxPool", "webgl")
def max_pool(gl: WebGL, x: Handle, *, out: Spec, window: Window) -> Handle:
    """The largest of each window."""
    return _pool(gl, x, out, window, MAX)


@kernel("AvgPool", "webgl")
def avg_pool(gl: WebGL, x: Handle, *, out: Spec, window: Window, count_padding: bool) -> Handle:
    """The mean of what each window sees."""
    return _pool(gl, x, out, window, SUM, count_padding)


@kernel("MaxPoolGrad", "webgl")
def max_pool_grad(
    gl: WebGL, dy: Handle, input: Handle, output: Handle | None = None, *, out: Spec, window: Window
) -> Handle:
    """Two passes: where each window's first maximum is, then each input position asks its windows."""
    found = _pooled(gl, {"x": input}, Spec(window.y_shape, "int32"), window, AT)
    handle: Handle = gl.draw(
        "pool_grad", out, {"dy": dy, "found": found}, uniforms=window_uniforms(window),
        defines={"MAX": 1, **tap_defines(window)},
    )  # fmt: skip
    return handle


@kernel("MaxPoolGradGrad", "webgl")
def max_pool_grad_grad(gl: WebGL, dy: Handle, input: Handle, *, out: Spec, window: Window) -> Handle:
    """One pass: dy follows the search for the maximum."""
    return _pooled(gl, {"x": input, "dy": dy}, out, window, TAKE)


@kernel("AvgPoolGrad", "webgl")
def avg_pool_grad(
    gl: WebGL, dy: Handle, input: Handle, *, out: Spec, window: Window, count_padding: bool
) -> Handle:
    """One pass: gathers its share of every window that sees the position."""
    handle: Handle = gl.draw(
        "pool_grad", out, {"dy": dy}, uniforms=window_uniforms(window),
        defines={**({} if count_padding else {"COUNTED": 1}), **tap_defines(window)},
    )  # fmt: skip
    return handle
