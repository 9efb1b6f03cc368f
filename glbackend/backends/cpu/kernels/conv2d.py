"""Convolution and its gradients, of images and volumes: products with blocks of gathered windows (im2col)."""

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.matmul import Finish, multiply
from glbackend.backends.cpu.kernels.movement import transposed
from glbackend.backends.cpu.kernels.window import BLOCK_BYTES, Index, meetings, pieces, seen
from glbackend.base.shapes import Spec
from glbackend.base.window import Window
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]
SHORT_RUN = 16  # numbers that lie side by side in a window: below, copying along the image is quicker


@kernel("Conv3D", "cpu")
@kernel("Conv2D", "cpu")
def conv2d(cpu: Cpu, x: Handle, filter: Handle, *, out: Spec, window: Window) -> Handle:
    """The convolution."""
    return cpu.handle(_back(_convolved(_last(cpu.array(x), window), cpu.array(filter), window), window), out)


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
    """The convolution, bias and activation, block by block."""
    added = [
        None if one is None else _added(cpu.array(one), window) for one in (bias, prelu_activation_weights)
    ]
    finish = Finish(added[0], added[1], activation, alpha)
    y = _convolved(_last(cpu.array(x), window), cpu.array(filter), window, finish)
    return cpu.handle(_back(y, window), out)


@kernel("Conv3DBackpropInputV2", "cpu")
@kernel("Conv2DBackpropInput", "cpu")
def conv2d_backprop_input(cpu: Cpu, dy: Handle, filter: Handle, *, out: Spec, window: Window) -> Handle:
    """A convolution of dy with the filter turned; with strides one for each of the places between steps.

    Of few channels, or where the filter is larger than dy, each tap hands dy back to where it read.
    """
    slope, taps = _last(cpu.array(dy), window), cpu.array(filter)
    if set(window.strides) == {1}:
        return cpu.handle(_back(_convolved(slope, *turned(taps, window)), window), out)
    dx = np.zeros(window.x_shape, slope.dtype)
    if window.in_channels >= SHORT_RUN and slope.size >= taps.size and set(window.dilations) == {1}:
        for to, some, back in _between_steps(taps, window):
            dx[to] = _convolved(slope, some, back)
        return cpu.handle(_back(dx, window), out)
    flat = slope.reshape(math.prod(slope.shape[:-1]), window.out_channels)
    for _, place, of, at in meetings(window):
        dx[of] += (flat @ taps[place].T).reshape(*slope.shape[:-1], taps.shape[-2])[at]
    return cpu.handle(_back(dx, window), out)


@kernel("Conv3DBackpropFilterV2", "cpu")
@kernel("Conv2DBackpropFilter", "cpu")
def conv2d_backprop_filter(cpu: Cpu, x: Handle, dy: Handle, *, out: Spec, window: Window) -> Handle:
    """What each tap read, times dy, summed over all pixels."""
    array, slope = _last(cpu.array(x), window), _last(cpu.array(dy), window)
    if window.over_border and not np.isfinite(slope.sum()):
        dw = np.zeros(out.shape, array.dtype)
        pixels = tuple(range(slope.ndim - 1))
        for _, place, of, at in meetings(window):
            dw[place] = np.tensordot(array[of], slope[at], (pixels, pixels))
        return cpu.handle(dw, out)
    total = np.zeros((math.prod(out.shape[:-1]), out.shape[-1]), array.dtype)
    for box, patches in _patches(array, window, total.nbytes):
        total += patches.T @ slope[box].reshape(len(patches), window.out_channels)
    return cpu.handle(total.reshape(out.shape), out)


def turned(taps: Array, window: Window) -> tuple[Array, Window]:
    """The filter and the geometry of the input gradient of a convolution with strides of 1."""
    pads = tuple(
        (reach - 1 - before, reach - 1 - after)
        for reach, (before, after) in zip(window.extent, window.pads, strict=True)
    )
    back = Window(
        window.batch, window.out_size, window.out_channels, window.filter_size, window.strides,
        window.dilations, pads, window.in_size, window.in_channels, window.multiplier, window.channels_first,
    )  # fmt: skip
    return _flipped(taps), back


def _flipped(taps: Array) -> Array:
    """The last tap first, from outputs to inputs."""
    rank = taps.ndim - 2
    return np.flip(transposed(taps, (*range(rank), rank + 1, rank)), tuple(range(rank)))


def _between_steps(taps: Array, window: Window) -> Iterator[tuple[Index, Array, Window]]:
    """The input gradient of a convolution with strides, without dilations, as convolutions without.

    Each gives the input positions that lie equally far from a step; those see the same few taps, turned.
    """
    for starts in product(*map(range, window.strides)):
        parts = list(zip(starts, window.strides, window.pads_before, strict=True))
        of = [slice(start, None, step) for start, step, _ in parts]
        seen_by = [slice((start + before) % step, None, step) for start, step, before in parts]
        passed = [(start + before) // step for start, step, before in parts]
        counts = tuple(len(range(size)[one]) for size, one in zip(window.in_size, of, strict=True))
        reaches = tuple(len(range(size)[one]) for size, one in zip(window.filter_size, seen_by, strict=True))
        pads = tuple(
            (reach - 1 - shift, count + shift - size)
            for reach, shift, count, size in zip(reaches, passed, counts, window.out_size, strict=True)
        )
        if 0 in (*counts, *reaches):
            continue
        ones = (1,) * len(starts)
        back = Window(
            window.batch, window.out_size, window.out_channels, reaches, ones, ones, pads, counts,
            window.in_channels, window.multiplier, window.channels_first,
        )  # fmt: skip
        yield (slice(None), *of), _flipped(taps[tuple(seen_by)]), back


def _patches(x: Array, window: Window, least: int) -> Iterator[tuple[Index, Array]]:
    """Boxes of the output, and what their windows see as a matrix [pixels, depth], of some BLOCK_BYTES.

    Not less than `least`, the bytes of the filter, which each product reads anew.
    """
    depth, rank = math.prod(window.filter_size) * window.in_channels, len(window.y_shape) - 1
    short = window.filter_width * window.in_channels < SHORT_RUN
    room = np.empty(0, x.dtype)  # one for all boxes: fresh memory costs more than what is written to it
    for piece in pieces(window, depth * x.itemsize, max(BLOCK_BYTES, least)):
        box, view = piece.box, seen(x, window, piece)
        pixels = math.prod(view.shape[:rank])
        if window.is_pointwise and x.flags.c_contiguous:
            yield box, view.reshape(pixels, depth)
            continue
        room = np.empty(view.size, x.dtype) if room.size < view.size else room
        if short:
            view = view.transpose(*range(rank, view.ndim), *range(rank))
        patches = room[: view.size].reshape(view.shape)
        np.copyto(patches, view)
        yield box, patches.reshape(depth, pixels).T if short else patches.reshape(pixels, depth)


def _convolved(x: Array, taps: Array, window: Window, finish: Finish | None = None) -> Array:
    """The convolution of channels last, through `finish` while a block is at hand."""
    columns = taps.reshape(math.prod(taps.shape[:-1]), taps.shape[-1])
    if window.over_border and not np.isfinite(columns.sum()):
        return _left_out(x, taps, window, finish)
    y = np.empty(window.y_shape, x.dtype)
    for box, patches in _patches(x, window, columns.nbytes):
        multiply(patches, columns, y[box].reshape(len(patches), y.shape[-1]))
        if finish is not None:
            finish(y[box], box)
    return y


def _left_out(x: Array, taps: Array, window: Window, finish: Finish | None) -> Array:
    """The same tap by tap, without what lies outside: zeros would make NaN of infinite weights."""
    y = np.zeros(window.y_shape, x.dtype)
    for _, place, of, at in meetings(window):
        y[at] += x[of] @ taps[place]
    if finish is not None:
        finish(y, (slice(None),) * y.ndim)
    return y


def _added(values: Array, window: Window) -> Array:
    """Bias or prelu weights: a number per channel, or seen in the shape of the output, channels last."""
    return values if values.ndim == 1 else _last(np.broadcast_to(values, window.out_shape), window)


def _last(x: Array, window: Window) -> Array:
    return np.moveaxis(x, 1, -1) if window.channels_first else x


def _back(y: Array, window: Window) -> Array:
    return np.moveaxis(y, -1, 1) if window.channels_first else y
