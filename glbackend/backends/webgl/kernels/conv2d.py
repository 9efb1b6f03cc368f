"""Convolution and its gradients on the GPU: implicit GEMMs over shaders/kernels/conv2d*.glsl.

The shaders know channels-last images only; the other data format is transposed on the way in and out. Volumes
are images one after another, over whose depth the shaders walk too (lib/depth.glsl).
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.glsl.epilogue import PLAIN, Epilogue, epilogue
from glbackend.backends.webgl.glsl.operand import reading
from glbackend.backends.webgl.kernels.elementwise import draw_chain
from glbackend.backends.webgl.kernels.matmul import permuted, product
from glbackend.backends.webgl.kernels.pad import pad_v2
from glbackend.backends.webgl.kernels.slice import slice as sliced
from glbackend.backends.webgl.plan.tiled import Order, draw_tiled, saturation
from glbackend.backends.webgl.plan.tiling import (
    BLOCK_TEXELS,
    MAX_TURNS,
    choose_conv,
    choose_filter_grad,
    choose_input_grad,
    lines_in_block,
    taps_read,
)
from glbackend.backends.webgl.plan.window import deep_defines, deep_uniforms, image_window, meetings, strips
from glbackend.base.shapes import Spec
from glbackend.base.window import Window
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table.step import Step

PIECE_TEXELS = MAX_TURNS // 2  # of input channels: the most that a turn over a filter's tap takes
WIDEST = 2 * MAX_TURNS  # columns of dy that a fragment may walk, four at a time
LARGE_READS = 1 << 20  # texels that a convolution reads: as many are worth a program of its own


def _last(webgl: WebGL, x: Handle, window: Window) -> Handle:
    """An image with its channels last."""
    return permuted(webgl, x, (0, *range(2, len(x.shape)), 1)) if window.channels_first else x


def _back(webgl: WebGL, y: Handle, window: Window) -> Handle:
    """An image, channels last, in the data format of `window`."""
    last = len(y.shape) - 1
    return permuted(webgl, y, (0, last, *range(1, last))) if window.channels_first else y


@kernel("Conv3D", "webgl")
@kernel("Conv2D", "webgl")
def conv2d(webgl: WebGL, x: Handle, filter: Handle, *, out: Spec, window: Window) -> Handle:
    """The convolution."""
    return _back(webgl, forward(webgl, _last(webgl, x, window), filter, window), window)


@kernel("FusedConv2D", "webgl")
def fused_conv2d(
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
    """The convolution, bias and activation in one go."""
    operands = [
        one if one is None else _operand(webgl, one, window) for one in (bias, prelu_activation_weights)
    ]
    last = epilogue(Spec(window.y_shape), operands[0], operands[1], activation, alpha)
    return _back(webgl, forward(webgl, _last(webgl, x, window), filter, window, last), window)


def _operand(webgl: WebGL, x: Handle, window: Window) -> Handle:
    """A fused operand as it broadcasts to channels-last images."""
    if not window.channels_first or len(x.shape) < 2:
        return x
    shape = (1,) * (4 - len(x.shape)) + x.shape
    return _last(webgl, x.view(shape), window)


@kernel("Conv3DBackpropInputV2", "webgl")
@kernel("Conv2DBackpropInput", "webgl")
def conv2d_backprop_input(webgl: WebGL, dy: Handle, filter: Handle, *, out: Spec, window: Window) -> Handle:
    """With unit strides a convolution with the taps reversed; else a shader of its own."""
    dy = _last(webgl, dy, window)
    spec = Spec(window.x_shape)
    if window.is_pointwise:
        flat = _flat(dy), filter.view(filter.shape[-2:])
        dx = product(webgl, *flat, Spec((flat[0].shape[0], window.in_channels)), False, True).view(spec.shape)
    elif set(window.strides) == {1}:
        dx = _slide(webgl, dy, filter, _reversed(window), spec, PLAIN, transposed=True)
    else:
        dx = _strided_input_grad(webgl, dy, filter, window)
    return _back(webgl, dx, window)


@kernel("Conv3DBackpropFilterV2", "webgl")
@kernel("Conv2DBackpropFilter", "webgl")
def conv2d_backprop_filter(webgl: WebGL, x: Handle, dy: Handle, *, out: Spec, window: Window) -> Handle:
    """A product of the transposed input with dy for each tap, its depth, the pixels, shared out."""
    x, dy = _last(webgl, x, window), _last(webgl, dy, window)
    if window.is_pointwise:
        return product(webgl, _flat(x), _flat(dy), Spec(out.shape[-2:]), True, False).view(out.shape)
    if window.out_width > WIDEST:
        return added_strips(webgl, conv2d_backprop_filter, x, dy, out, window)
    key = "conv2d_filter_grad", x.shape, dy.shape, *_moves(window)
    return webgl.tuning.run(key, lambda: _filter_grad(webgl, x, dy, out, window))


def _filter_grad(webgl: WebGL, x: Handle, dy: Handle, out: Spec, window: Window) -> Handle:
    columns, channels = -(-window.out_channels // 4), window.in_channels
    flat, filter_lines = image_window(window), math.prod(window.filter_size[:-1])
    tiling = choose_filter_grad(flat, columns, filter_lines, saturation=saturation(webgl))
    lines, wide, taps, outs = flat.batch * flat.out_height, flat.filter_width, tiling.taps, tiling.outs
    span = -(-lines // tiling.parts)
    defines: dict[str, object] = {"BLOCKED": 1} if span > lines_in_block(flat) else {}
    defines |= deep_defines(window)
    if taps * outs > 1:
        defines |= {"TAPS": taps, "OUTS": outs, "STRIDE": flat.strides[1]}
        order = Order("CYCLIC", wide * channels * columns, 1, columns // outs)
        reads, fragments = {"x": taps_read(flat, taps) / 4, "dy": outs}, filter_lines * tiling.groups
        groups, wide = -(-wide // taps), 1
    else:
        order, groups = Order("LANES", channels, columns), tiling.groups
        reads, fragments = {"x": -(-tiling.rows // 4), "dy": 1}, filter_lines * wide * groups * columns
    uniforms = {
        "groups": groups,
        "taps": (flat.filter_height, wide),
        "size": flat.in_size,
        "out_size": flat.out_size,
        "stride": flat.strides,
        "pad": flat.pads_before,
        "dilation": flat.dilations,
        "channels": -(-channels // 4),
        "images": flat.batch,
        "span": span,
        **deep_uniforms(window),
    }
    pixels = fragments * lines * flat.out_width
    all_reads = {name: round(pixels * each) for name, each in reads.items()}
    with webgl.by_number(all_reads, {"x": x, "dy": dy}) as operands:
        return draw_tiled(webgl, "conv2d_filter_grad", out, tiling, fragments, operands, order,
                          uniforms=uniforms, defines=defines)  # fmt: skip


def added_strips(
    webgl: WebGL, grad: Callable[..., Handle], x: Handle, dy: Handle, out: Spec, window: Window
) -> Handle:
    """The gradient of a filter over images so wide that a fragment may not walk a line of dy at once."""
    total: Handle | None = None
    for first, strip in strips(window, WIDEST):
        spec = Spec((*dy.shape[:-2], strip.out_width, dy.shape[-1]))
        some = sliced(webgl, dy, out=spec, begin=(*(0,) * (dy.spec.rank - 2), first, 0))
        part = grad(webgl, x, some, out=out, window=strip)
        total = part if total is None else draw_chain(webgl, (total, part), (Step("Add", (0, 1)),), out)
    assert total is not None
    return total


def _flat(x: Handle) -> Handle:
    """An image as a matrix of pixels."""
    return x.view((math.prod(x.shape[:-1]), x.shape[-1]))


def forward(webgl: WebGL, x: Handle, filter: Handle, window: Window, last: Epilogue = PLAIN) -> Handle:
    """The convolution of channels-last images."""
    spec = Spec(window.y_shape)
    if window.is_global:  # one window, the whole image: dense
        depth = math.prod(window.in_size) * window.in_channels
        image, taps = x.view((window.batch, depth)), filter.view((depth, window.out_channels))
        dense = Spec((window.batch, window.out_channels))
        return product(webgl, image, taps, dense, False, False, last).view(spec.shape)
    if window.is_pointwise:
        pixels = _flat(x)
        flat = Spec((pixels.shape[0], window.out_channels))
        return product(webgl, pixels, filter.view(filter.shape[-2:]), flat, False, False, last).view(
            spec.shape
        )
    return _slide(webgl, x, filter, window, spec, last, transposed=False)


def _reversed(window: Window) -> Window:
    """The window of the convolution that is the gradient, with unit strides, with respect to the input."""
    pads = tuple(
        (reach - 1 - before, 0) for reach, (before, _) in zip(window.extent, window.pads, strict=True)
    )
    return Window(
        window.batch, window.out_size, window.out_channels, window.filter_size, window.strides,
        window.dilations, pads, window.in_size, window.in_channels,
    )  # fmt: skip


def _slide(
    webgl: WebGL, x: Handle, filter: Handle, window: Window, out: Spec, last: Epilogue, *, transposed: bool
) -> Handle:
    """Draws conv2d.glsl; `transposed`: the filter's taps are reversed and its last two dims change places."""
    key = "conv2d", x.shape, filter.shape, *_moves(window), transposed
    return webgl.tuning.run(key, lambda: _slid(webgl, x, filter, window, out, last, transposed))


def _moves(window: Window) -> tuple[Any, ...]:
    """What tells windows over images and filters of given shapes apart."""
    return window.strides, window.dilations, window.pads


def _slid(
    webgl: WebGL, x: Handle, filter: Handle, window: Window, out: Spec, last: Epilogue, transposed: bool
) -> Handle:
    depth, columns = webgl.layout(x.shape).row_texels, webgl.layout(out.shape).row_texels
    flat, images = image_window(window), window.filter_size[0] if window.is_volume else 1
    pieces = -(-depth // PIECE_TEXELS)
    tiling = choose_conv(
        flat, columns, min(depth, PIECE_TEXELS), images * pieces, saturation=saturation(webgl)
    )
    along, across = tiling.axis, 1 - tiling.axis
    steps, rest = (depth, 0) if transposed else divmod(window.in_channels, 4)
    shared = tiling.taps > 1
    defines: dict[str, object] = {"TAPS": flat.filter_size[along] if shared else 0, "C_REST": rest}
    if shared:
        defines["STRIDE"] = flat.strides[along]
    flags = {
        "ALONG_X": along == 1,
        "TRANSPOSE_B": transposed,
        "FULL": steps > 0,
        "BLOCKED": steps > BLOCK_TEXELS,
        "PADDED": window.over_border,
        "LONG": pieces > 1,
    }
    defines |= {name: 1 for name, wanted in flags.items() if wanted} | deep_defines(window)
    order = Order("CYCLIC", flat.out_size[along], columns * (flat.out_width if along == 0 else 1))
    fragments = flat.batch * tiling.groups * flat.out_size[across] * columns
    uniforms = _slide_uniforms(webgl, filter, flat, depth, columns, along, images, transposed)
    uniforms |= {"count": (tiling.groups, flat.out_size[across]), "steps": steps, "block": BLOCK_TEXELS}
    turns = 1 if shared else flat.filter_size[along]
    all_turns = turns * flat.filter_size[across] * images * pieces
    uniforms |= {"images": flat.batch, "turns": turns, "taps_across": flat.filter_size[across]}
    uniforms |= {"pieces": pieces, "piece": PIECE_TEXELS}
    uniforms |= {"all_turns": all_turns, "span": -(-all_turns // tiling.parts), **deep_uniforms(window)}
    taps = flat.filter_size[along] if shared else 1
    pixels = (tiling.rows - 1) * flat.strides[along] + taps if shared else tiling.rows
    reads = fragments * depth * images * turns * flat.filter_size[across] * (pixels + 4 * taps)
    if shared and window.over_border and reads > LARGE_READS and flat.out_size[along] % tiling.rows == 0:
        defines["LOW"], defines["HIGH"] = flat.beyond(along)
    with reading(webgl, reads, {"x": x, "filter": filter}, ("x",), {"": "filter"}) as way:
        return draw_tiled(webgl, "conv2d", out, tiling, fragments, way.inputs, order,
                          uniforms={**uniforms, **way.uniforms}, defines={**defines, **way.defines},
                          epilogue=last)  # fmt: skip


def _slide_uniforms(
    webgl: WebGL,
    filter: Handle,
    window: Window,
    depth: int,
    columns: int,
    along: int,
    images: int,
    transposed: bool,
) -> dict[str, Any]:
    """Numbers of conv2d.glsl; pairs hold first the axis along the tile. `images`: those of the filter."""
    filter_pitch = webgl.layout(filter.shape).row_texels
    tap = filter.shape[-2] * filter_pitch
    tap_pitch, deep_pitch = (window.filter_width * tap, tap), math.prod(window.filter_size) * tap
    tap_first = 0
    if transposed:
        tap_first = images * deep_pitch - tap
        tap_pitch, deep_pitch = (-tap_pitch[0], -tap_pitch[1]), -deep_pitch
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
        "deep_pitch": deep_pitch,
        "filter_pitch": filter_pitch,
    }


def _unit(window: Window) -> Window:
    """The window with unit strides whose result has zeros in between."""
    size = tuple(n * step for n, step in zip(window.out_size, window.strides, strict=True))
    return replace(window, strides=(1,) * len(size), out_size=size)


def _spread(webgl: WebGL, dy: Handle, window: Window) -> Handle:
    """dy with zeros after each pixel, a stride of pixels in all."""
    batch, *sizes, channels = dy.shape
    apart = (batch, *[n for size in sizes for n in (size, 1)], channels)
    paddings = ((0, 0), *[pair for step in window.strides for pair in ((0, 0), (0, step - 1))], (0, 0))
    spec = Spec(tuple(n + after for n, (_, after) in zip(apart, paddings, strict=True)))
    spread = pad_v2(webgl, dy.view(apart), out=spec, paddings=paddings, constant_value=0.0)
    return spread.view((batch, *_unit(window).out_size, channels))


def _strided_input_grad(webgl: WebGL, dy: Handle, filter: Handle, window: Window) -> Handle:
    """Draws conv2d_input_grad.glsl; where a fragment would walk too long, dy is spread out with zeros."""
    out, depth = Spec(window.x_shape), webgl.layout(dy.shape).row_texels
    deep, high, wide = meetings(window)
    if deep * (1 + high * (1 + wide * (1 + depth))) > MAX_TURNS:
        return _slide(
            webgl, _spread(webgl, dy, window), filter, _reversed(_unit(window)), out, PLAIN, transposed=True
        )
    key = "conv2d_input_grad", dy.shape, filter.shape, *_moves(window)
    return webgl.tuning.run(key, lambda: _gathered(webgl, dy, filter, window))


def _gathered(webgl: WebGL, dy: Handle, filter: Handle, window: Window) -> Handle:
    out = Spec(window.x_shape)
    columns, depth = webgl.layout(out.shape).row_texels, webgl.layout(dy.shape).row_texels
    deep, high, wide = meetings(window)
    flat = image_window(window)
    images = math.prod(out.shape[:-3])
    tiling = choose_input_grad(flat, columns, depth, images, saturation=saturation(webgl))
    pitch = webgl.layout(filter.shape).row_texels
    tap = window.in_channels * pitch
    uniforms = {
        "groups": tiling.groups,
        "size": flat.in_size,
        "out_size": flat.out_size,
        "stride": flat.strides,
        "pad": flat.pads_before,
        "taps": flat.filter_size,
        "tap_pitch": (flat.filter_width * tap, tap),
        "deep_pitch": math.prod(flat.filter_size) * tap,
        "filter_pitch": pitch,
        "steps": depth,
        **deep_uniforms(window),
    }
    fragments = images * tiling.groups * flat.in_width * columns
    order = Order("CYCLIC", flat.in_height, flat.in_width * columns, flat.strides[0])
    reads = fragments * deep * high * wide * depth * (tiling.rows + 4)
    with webgl.by_number(reads, {"dy": dy, "filter": filter}) as operands:
        return draw_tiled(webgl, "conv2d_input_grad", out, tiling, fragments, operands, order,
                          uniforms=uniforms, defines={"TRANSPOSE_B": 1} | deep_defines(window))  # fmt: skip
