"""Depthwise convolutions: a sum over the filter's positions of strided views."""

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.window import Array, cropped, padded, padded_zeros, tap, taps
from glbackend.base.shapes import Spec
from glbackend.base.window import Window
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table import ROWS


def _convolved(x: Array, filter: Array, window: Window) -> Array:
    around = padded(x, window)
    y = np.zeros((window.batch, *window.out_size, window.in_channels, window.multiplier), x.dtype)
    for place in taps(window):
        y += tap(around, window, *place)[..., None] * filter[place]
    return y.reshape(window.y_shape)


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
    y = _convolved(cpu.array(x), cpu.array(filter), window)
    if bias is not None:
        y = y + cpu.array(bias)
    if activation is not None:
        row = ROWS[activation]
        more = [] if prelu_activation_weights is None else [cpu.array(prelu_activation_weights)]
        y = row.numpy(y, *more, **({"alpha": alpha} if "alpha" in row.attrs else {}))
    return cpu.handle(y, out)


@kernel("DepthwiseConv2dNativeBackpropInput", "cpu")
def depthwise_conv2d_backprop_input(
    cpu: Cpu, dy: Handle, filter: Handle, *, out: Spec, window: Window
) -> Handle:
    """Adds dy, weighted, to every input position that it came from."""
    weights = cpu.array(filter)
    given = cpu.array(dy).reshape(window.batch, *window.out_size, window.in_channels, window.multiplier)
    dx = padded_zeros(window, given.dtype)
    for place in taps(window):
        target = tap(dx, window, *place)
        target += (given * weights[place]).sum(-1)
    return cpu.handle(cropped(dx, window), out)


@kernel("DepthwiseConv2dNativeBackpropFilter", "cpu")
def depthwise_conv2d_backprop_filter(cpu: Cpu, x: Handle, dy: Handle, *, out: Spec, window: Window) -> Handle:
    """For each filter position the sum of input times dy, in float64."""
    around = padded(cpu.array(x), window).astype(np.float64)
    given = cpu.array(dy).reshape(window.batch, *window.out_size, window.in_channels, window.multiplier)
    sums = np.zeros(out.shape)
    for place in taps(window):
        sums[place] = np.einsum("nyxc,nyxcm->cm", tap(around, window, *place), given)
    return cpu.handle(sums, out)
