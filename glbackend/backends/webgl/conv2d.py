"""Convolution and its gradients on the GPU: implicit GEMMs over shaders/kernels/conv2d*.glsl.

The shaders know channels-last images only; the other data format is transposed on the way in and out.
"""

from typing import Any

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.epilogue import PLAIN, Epilogue, epilogue
from glbackend.backends.webgl.matmul import permuted, product
from glbackend.backends.webgl.tiled import CYCLIC, LANES, Order, busy, draw_tiled
from glbackend.backends.webgl.tiling import BLOCK, choose_conv, choose_filter_grad, choose_input_grad, shares
from glbackend.base.shapes import Spec
from glbackend.base.window import Window
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

TO_LAST, TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)


def _last(gl: WebGL, x: Handle, window: Window) -> Handle:
    """An image with its channels last."""
    return permuted(gl, x, TO_LAST) if window.channels_first else x


def _back(gl: WebGL, y: Handle, window: Window) -> Handle:
    """An image, channels last, in the data format of `window`."""
    return permuted(gl, y, TO_FIRST) if window.channels_first else y


@kernel("Conv2D", "webgl")
def conv2d(gl: WebGL, x: Handle, filter: Handle, *, out: Spec, window: Window) -> Handle:
    """The convolution."""
    return _back(gl, _forward(gl, _last(gl, x, window), filter, window), window)


@kernel("FusedConv2D", "webgl")
def fused_conv2d(
    gl: WebGL,
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
    """The convolution, bias and activation in one go."""
    operands = [one if one is None else _operand(gl, one, window) for one in (bias, prelu_activation_weights)]
    last = epilogue(Spec(window.y_shape), operands[0], operands[1], activation, alpha)
    return _back(gl, _forward(gl, _last(gl, x, window), filter, window, last), window)


def _operand(gl: WebGL, x: Handle, window: Window) -> Handle:
    """A fused operand as it broadcasts to channels-last images."""
    if not window.channels_first or len(x.shape) < 2:
        return x
    shape = (1,) * (4 - len(x.shape)) + x.shape
    return permuted(gl, x.view(shape), TO_LAST)


@kernel("Conv2DBackpropInput", "webgl")
def conv2d_backprop_input(gl: WebGL, dy: Handle, filter: Handle, *, out: Spec, window: Window) -> Handle:
    """With unit strides a convolution with the taps reversed; else a shader of its own."""
    dy = _last(gl, dy, window)
    spec = Spec(window.x_shape)
    if window.filter_size == (1, 1) and window.out_size == window.in_size and set(window.strides) == {1}:
        flat = _flat(dy), filter.view(filter.shape[2:])
        dx = product(gl, *flat, Spec((flat[0].shape[0], window.in_channels)), False, True).view(spec.shape)
    elif set(window.strides) == {1}:
        dx = _slide(gl, dy, filter, _reversed(window), spec, PLAIN, transposed=True)
    else:
        dx = _strided_input_grad(gl, dy, filter, window)
    return _back(gl, dx, window)


@kernel("Conv2DBackpropFilter", "webgl")
def conv2d_backprop_filter(gl: WebGL, x: Handle, dy: Handle, *, out: Spec, window: Window) -> Handle:
    """A product of the transposed input with dy for each tap, its depth, the pixels, shared out."""
    x, dy = _last(gl, x, window), _last(gl, dy, window)
    if window.filter_size == (1, 1) and window.out_size == window.in_size and set(window.strides) == {1}:
        return product(gl, _flat(x), _flat(dy), Spec(out.shape[2:]), True, False).view(out.shape)
    columns, channels = -(-window.out_channels // 4), -(-window.in_channels // 4)
    tiling = choose_filter_grad(window, columns, busy=busy(gl))
    lines = window.batch * window.out_height
    uniforms = {
        "groups": tiling.groups,
        "taps": window.filter_size,
        "size": window.in_size,
        "out_size": window.out_size,
        "stride": window.strides,
        "pad": window.pads_before,
        "dilation": window.dilations,
        "channels": channels,
        "images": window.batch,
        "span": -(-lines // tiling.parts),
    }
    fragments = window.filter_height * window.filter_width * tiling.groups * columns
    order = Order(LANES, window.in_channels, columns)
    return draw_tiled(gl, "conv2d_filter_grad", out, tiling, fragments, {"x": x, "dy": dy}, order,
                      uniforms=uniforms, defines={"BLOCKED": 1})  # fmt: skip


def _flat(x: Handle) -> Handle:
    """An image as a matrix of pixels."""
    batch, height, width, channels = x.shape
    return x.view((batch * height * width, channels))


def _forward(gl: WebGL, x: Handle, filter: Handle, window: Window, last: Epilogue = PLAIN) -> Handle:
    """The convolution of channels-last images."""
    spec = Spec(window.y_shape)
    if (
        window.filter_size == window.in_size
        and set(window.out_size) == {1}
        and not any(map(any, window.pads))
    ):
        depth = window.in_height * window.in_width * window.in_channels  # one window, the whole image: dense
        image, taps = x.view((window.batch, depth)), filter.view((depth, window.out_channels))
        dense = Spec((window.batch, window.out_channels))
        return product(gl, image, taps, dense, False, False, last).view(spec.shape)
    if window.filter_size == (1, 1) and window.out_size == window.in_size and set(window.strides) == {1}:
        pixels = _flat(x)
        flat = Spec((pixels.shape[0], window.out_channels))
        return product(gl, pixels, filter.view(filter.shape[2:]), flat, False, False, last).view(spec.shape)
    return _slide(gl, x, filter, window, spec, last, transposed=False)


def _reversed(window: Window) -> Window:
    """The window of the convolution that is the gradient, with unit strides, with respect to the input."""
    pads = tuple(
        (reach - 1 - before, 0) for reach, (before, _) in zip(window.extent, window.pads, strict=True)
    )
    return Window(
        window.batch, window.out_size, window.out_channels, window.filter_size, window.strides,
        window.dilations, pads, window.in_size, window.in_channels,
    )  # fmt: skip


def _over_border(window: Window) -> bool:
    """Whether some window reaches outside the input."""
    last = (
        (out - 1) * step + reach - before
        for out, step, reach, before in zip(
            window.out_size, window.strides, window.extent, window.pads_before, strict=True
        )
    )
    return any(window.pads_before) or any(end > size for end, size in zip(last, window.in_size, strict=True))


def _slide(
    gl: WebGL, x: Handle, filter: Handle, window: Window, out: Spec, last: Epilogue, *, transposed: bool
) -> Handle:
    """Draws conv2d.glsl; `transposed`: the filter's taps are reversed and its last two dims change places."""
    # differs from TF.js: padding is multiplied as zeros, so an infinite weight gives NaN where it meets it
    depth, columns = gl.layout(x.shape).row_texels, gl.layout(out.shape).row_texels
    tiling = choose_conv(window, columns, depth, busy=busy(gl))
    along, across = tiling.axis, 1 - tiling.axis
    steps, rest = (depth, 0) if transposed else divmod(window.in_channels, 4)
    shared = shares(window, along, tiling.rows)
    defines: dict[str, object] = {"TAPS": window.filter_size[along] if shared else 0, "C_REST": rest}
    if shared:
        defines["STRIDE"] = window.strides[along]
    flags = {
        "ALONG_X": along == 1, "TRANSPOSE_B": transposed, "FULL": steps > 0, "BLOCKED": steps > BLOCK,
        "PADDED": _over_border(window),
    }  # fmt: skip
    defines |= {name: 1 for name, wanted in flags.items() if wanted}
    order = Order(CYCLIC, window.out_size[along], columns * (window.out_width if along == 0 else 1))
    fragments = window.batch * tiling.groups * window.out_size[across] * columns
    uniforms = _slide_uniforms(gl, filter, window, depth, columns, along, transposed)
    uniforms |= {"count": (tiling.groups, window.out_size[across]), "steps": steps, "block": BLOCK}
    turns = 1 if shared else window.filter_size[along]
    uniforms |= {"images": window.batch, "turns": turns, "taps_across": window.filter_size[across]}
    uniforms["span"] = -(-turns * window.filter_size[across] // tiling.parts)
    return draw_tiled(gl, "conv2d", out, tiling, fragments, {"x": x, "filter": filter}, order,
                      uniforms=uniforms, defines=defines, epilogue=last)  # fmt: skip


def _slide_uniforms(
    gl: WebGL, filter: Handle, window: Window, depth: int, columns: int, along: int, transposed: bool
) -> dict[str, Any]:
    """Numbers of conv2d.glsl; pairs hold first the axis along the tile."""
    filter_pitch = gl.layout(filter.shape).row_texels
    tap_pitch = (window.filter_width * filter.shape[2] * filter_pitch, filter.shape[2] * filter_pitch)
    tap_first = 0
    if transposed:
        tap_first = sum((size - 1) * pitch for size, pitch in zip(window.filter_size, tap_pitch, strict=True))
        tap_pitch = (-tap_pitch[0], -tap_pitch[1])
    pairs = {
        "out_pitch": (window.out_width * columns, columns),
        "size": window.in_size,
        "pitch": (window.in_width * depth, depth),
        "stride": window.strides,
        "pad": window.pads_before,
        "dilation": window.dilations,
        "tap_pitch": tap_pitch,
    }
    return {name: (pair[along], pair[1 - along]) for name, pair in pairs.items()} | {
        "out_image": window.out_height * window.out_width * columns,
        "image": window.in_height * window.in_width * depth,
        "tap_first": tap_first,
        "filter_pitch": filter_pitch,
    }


def _strided_input_grad(gl: WebGL, dy: Handle, filter: Handle, window: Window) -> Handle:
    """Draws conv2d_input_grad.glsl."""
    out = Spec(window.x_shape)
    columns, depth = gl.layout(out.shape).row_texels, gl.layout(dy.shape).row_texels
    tiling = choose_input_grad(window, columns, depth, busy=busy(gl))
    pitch = gl.layout(filter.shape).row_texels
    uniforms = {
        "groups": tiling.groups,
        "size": window.in_size,
        "out_size": window.out_size,
        "stride": window.strides,
        "pad": window.pads_before,
        "taps": window.filter_size,
        "tap_pitch": (window.filter_width * window.in_channels * pitch, window.in_channels * pitch),
        "filter_pitch": pitch,
        "steps": depth,
    }
    fragments = window.batch * tiling.groups * window.in_width * columns
    order = Order(CYCLIC, window.in_height, window.in_width * columns, window.strides[0])
    return draw_tiled(gl, "conv2d_input_grad", out, tiling, fragments, {"dy": dy, "filter": filter}, order,
                      uniforms=uniforms, defines={"TRANSPOSE_B": 1})  # fmt: skip
