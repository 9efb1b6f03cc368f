"""Convolution and its gradients by NumPy: products over a strided view of all windows. Volumes likewise."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.matmul import finish
from glbackend.base.shapes import Spec
from glbackend.base.window import Window
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


@kernel("Conv3D", "cpu")
@kernel("Conv2D", "cpu")
def conv2d(cpu: Cpu, x: Handle, filter: Handle, *, out: Spec, window: Window) -> Handle:
    """The convolution."""
    return cpu.handle(_back(_forward(cpu, x, filter, window), window), out)


@kernel("FusedConv2D", "cpu")
def fused_conv2d(
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
    """The convolution, bias and activation."""
    y = _back(_forward(cpu, x, filter, window), window)
    add = None if bias is None else cpu.array(bias)
    if add is not None and add.ndim == 1 and window.channels_first:
        add = add.reshape(-1, 1, 1)
    weights = None if prelu_activation_weights is None else cpu.array(prelu_activation_weights)
    if weights is not None and weights.ndim == 1 and window.channels_first:
        weights = weights.reshape(-1, 1, 1)
    return cpu.handle(finish(y, add, weights, activation, alpha), out)


@kernel("Conv3DBackpropInputV2", "cpu")
@kernel("Conv2DBackpropInput", "cpu")
def conv2d_backprop_input(cpu: Cpu, dy: Handle, filter: Handle, *, out: Spec, window: Window) -> Handle:
    """Each tap of the filter hands dy back to where it was read."""
    slope, taps = _last(cpu.array(dy), window), cpu.array(filter)
    wide = np.zeros((window.batch, *_padded_size(window), window.in_channels), slope.dtype)
    for tap in np.ndindex(*window.filter_size):
        wide[:, *_seen(window, tap)] += slope @ taps[tap].T
    return cpu.handle(_back(wide[_inside(window)], window), out)


@kernel("Conv3DBackpropFilterV2", "cpu")
@kernel("Conv2DBackpropFilter", "cpu")
def conv2d_backprop_filter(cpu: Cpu, x: Handle, dy: Handle, *, out: Spec, window: Window) -> Handle:
    """What each tap read, times dy, summed over all pixels."""
    wide, slope = _padded(_last(cpu.array(x), window), window), _last(cpu.array(dy), window)
    result, pixels = np.empty(out.shape, wide.dtype), tuple(range(slope.ndim - 1))
    for tap in np.ndindex(*window.filter_size):
        result[tap] = np.tensordot(wide[:, *_seen(window, tap)], slope, (pixels, pixels))
    return cpu.handle(result, out)


def _forward(cpu: Cpu, x: Handle, filter: Handle, window: Window) -> Array:
    wide, taps = _padded(_last(cpu.array(x), window), window), cpu.array(filter)
    y = np.zeros(window.y_shape, wide.dtype)
    for tap in np.ndindex(*window.filter_size):
        y += wide[:, *_seen(window, tap)] @ taps[tap]
    return y


def _last(x: Array, window: Window) -> Array:
    return np.moveaxis(x, 1, -1) if window.channels_first else x


def _back(y: Array, window: Window) -> Array:
    return np.moveaxis(y, -1, 1) if window.channels_first else y


def _padded_size(window: Window) -> tuple[int, ...]:
    """Size of the input with all that its windows reach."""
    return tuple(
        max(before + size, (out - 1) * step + reach)
        for before, size, out, step, reach in zip(
            window.pads_before, window.in_size, window.out_size, window.strides, window.extent, strict=True
        )
    )


def _padded(x: Array, window: Window) -> Array:
    wide = np.zeros((window.batch, *_padded_size(window), window.in_channels), x.dtype)
    wide[_inside(window)] = x
    return wide


def _inside(window: Window) -> tuple[slice, ...]:
    """The input within the padded one."""
    inside = (
        slice(before, before + size) for before, size in zip(window.pads_before, window.in_size, strict=True)
    )
    return (slice(None), *inside)


def _seen(window: Window, tap: tuple[int, ...]) -> tuple[slice, ...]:
    """Per axis the positions of the padded input that `tap` meets."""
    return tuple(
        slice(at * gap, at * gap + (out - 1) * step + 1 if out else at * gap, step)
        for at, gap, out, step in zip(tap, window.dilations, window.out_size, window.strides, strict=True)
    )
