"""Depthwise convolutions: a sum over the filter's positions of strided views."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.window import meetings
from glbackend.base.shapes import Spec
from glbackend.base.window import Window
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table import ROWS

Array = np.ndarray[Any, Any]


def _convolved(x: Array, filter: Array, window: Window) -> Array:
    y = np.zeros((window.batch, *window.out_size, window.in_channels, window.multiplier), x.dtype)
    for _, place, of, at in meetings(window):
        y[at] += x[of][..., None] * filter[place]
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
    dx = np.zeros(out.shape, given.dtype)
    for _, place, of, at in meetings(window):
        dx[of] += (given[at] * weights[place]).sum(-1)
    return cpu.handle(dx, out)


@kernel("DepthwiseConv2dNativeBackpropFilter", "cpu")
def depthwise_conv2d_backprop_filter(cpu: Cpu, x: Handle, dy: Handle, *, out: Spec, window: Window) -> Handle:
    """For each filter position the sum of input times dy, in float64."""
    array = cpu.array(x).astype(np.float64)
    given = cpu.array(dy).reshape(window.batch, *window.out_size, window.in_channels, window.multiplier)
    sums = np.zeros(out.shape)
    for _, place, of, at in meetings(window):
        sums[place] = np.einsum("nyxc,nyxcm->cm", array[of], given[at])
    return cpu.handle(sums, out)
