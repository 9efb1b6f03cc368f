"""Depthwise convolutions: einsum multiplies and adds along runs of pixels, a block of lines at a time."""

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.conv2d import turned
from glbackend.backends.cpu.kernels.matmul import Finish
from glbackend.backends.cpu.kernels.rows import divisor, sums
from glbackend.backends.cpu.kernels.window import meetings, pieces, seen
from glbackend.base.shapes import Spec
from glbackend.base.window import Window
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]
RUN = 2048  # numbers of a loop: half as many cost 5% in calls, twice as many gain nothing


@kernel("DepthwiseConv2dNative", "cpu")
def depthwise_conv2d(cpu: Cpu, x: Handle, filter: Handle, *, out: Spec, window: Window) -> Handle:
    """Each channel with its own filters."""
    return cpu.handle(_convolved(cpu.array(x), cpu.array(filter), window), out)


@kernel("FusedDepthwiseConv2D", "cpu")
def fused_depthwise_conv2d(
    cpu: Cpu,
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
    """The convolution, plus a bias, through a row of the table."""
    added = [_placed(cpu, one, out) for one in (bias, prelu_activation_weights)]
    finish = Finish(added[0], added[1], activation, alpha)
    return cpu.handle(_convolved(cpu.array(x), cpu.array(filter), window, finish), out)


@kernel("DepthwiseConv2dNativeBackpropInput", "cpu")
def depthwise_conv2d_backprop_input(
    cpu: Cpu, dy: Handle, filter: Handle, *, out: Spec, window: Window
) -> Handle:
    """A convolution of dy; with strides or several filters a channel dy goes back to where each tap read."""
    weights, given = cpu.array(filter), cpu.array(dy)
    if window.multiplier == 1 and set(window.strides) == {1}:
        taps, back = turned(weights.swapaxes(-1, -2), window)
        return cpu.handle(_convolved(given, taps, back), out)
    given = given.reshape(window.batch, *window.out_size, window.in_channels, window.multiplier)
    dx = np.zeros(out.shape, given.dtype)
    for _, place, of, at in meetings(window):
        dx[of] += np.einsum("nyxcm,cm->nyxc", given[at], weights[place])
    return cpu.handle(dx, out)


@kernel("DepthwiseConv2dNativeBackpropFilter", "cpu")
def depthwise_conv2d_backprop_filter(cpu: Cpu, x: Handle, dy: Handle, *, out: Spec, window: Window) -> Handle:
    """For each filter position the sum of input times dy: within runs first, then over them in float64."""
    array, given = _repeated(cpu.array(x), window), cpu.array(dy)
    channels, total = window.out_channels, np.zeros((math.prod(window.filter_size), window.out_channels))
    for piece in pieces(window, channels * array.itemsize):
        view, runs = _runs(seen(array, window, piece), given[piece.box], array.shape[-2] * channels)
        found = np.einsum("nyqijw,nyqw->ijw", view, runs)
        total += sums(found.reshape(len(total), -1, channels), (1,))
    return cpu.handle(total.reshape(out.shape), out)


def _convolved(x: Array, filter: Array, window: Window, finish: Finish | None = None) -> Array:
    """The convolution, through `finish` while a block is at hand."""
    x, y = _repeated(x, window), np.empty(window.y_shape, x.dtype)
    taps = filter.reshape(*window.filter_size, window.out_channels)
    if window.over_border and not np.isfinite(filter).all():  # padding would give 0 * inf
        y.fill(0)
        for _, place, of, at in meetings(window):
            y[at] += x[of] * taps[place]
        if finish is not None:
            finish(y)
        return y
    tiled = taps
    for piece in pieces(window, window.out_channels * x.itemsize):
        box, view = piece.box, seen(x, window, piece)
        view, runs = _runs(view, y[box])
        if view.shape[-1] != tiled.shape[-1]:
            tiled = np.tile(taps, view.shape[-1] // window.out_channels)
        np.einsum("nyqijw,ijw->nyqw", view, tiled, out=runs)
        if finish is not None:
            finish(y[box], box)
    return y


def _runs(view: Array, y: Array, run: int = RUN) -> tuple[Array, Array]:
    """Windows and results in runs of pixels: of at most `run` numbers, or a line where its width is prime."""
    batch, height, width, channels = y.shape
    image, down, across, *within, channel = view.strides
    if across != channels * channel or not y.size:
        return view, y
    pixels = divisor(width, max(run // channels, 1))
    pixels = pixels if pixels * channels * 4 >= run else width
    shape = (batch, height, width // pixels, *view.shape[3:-1], pixels * channels)
    runs = as_strided(view, shape, (image, down, across * pixels, *within, channel), writeable=False)
    return runs, y.reshape(batch, height, width // pixels, -1)


def _repeated(x: Array, window: Window) -> Array:
    """x with each channel as often as it has filters."""
    return x if window.multiplier == 1 else np.repeat(x, window.multiplier, -1)


def _placed(cpu: Cpu, x: Handle | None, out: Spec) -> Array | None:
    """Bias or prelu weights: a number per channel, or in the shape of the output."""
    values = None if x is None else cpu.array(x)
    return values if values is None or values.ndim == 1 else np.broadcast_to(values, out.shape)
