"""Grayscale dilation and its gradients: a max pool over input plus filter."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.window import meetings
from glbackend.base.shapes import Spec
from glbackend.base.window import Window
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


def _search(x: Array, filter: Array, window: Window) -> tuple[Array, Array]:
    """The largest sum of each window, and the number of the first filter position that gives it; -1: none."""
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(np.int32).min
    largest = np.full(window.y_shape, lowest, x.dtype)
    found = np.full(window.y_shape, -1)
    for number, place, of, at in meetings(window):
        sums = x[of] + filter[place]
        better = sums > largest[at]
        largest[at] = np.where(better, sums, largest[at])
        found[at] = np.where(better, number, found[at])
    return largest, found


@kernel("Dilation2D", "cpu")
def dilation2d(cpu: Cpu, x: Handle, filter: Handle, *, out: Spec, window: Window) -> Handle:
    """The largest sum of each window; NaN is never larger, padding is -inf."""
    return cpu.handle(_search(cpu.array(x), cpu.array(filter), window)[0], out)


@kernel("Dilation2DBackpropInput", "cpu")
def dilation2d_backprop_input(
    cpu: Cpu, x: Handle, filter: Handle, dy: Handle, *, out: Spec, window: Window
) -> Handle:
    """Adds each dy to the input whose sum is the largest of its window."""
    given, (_, found) = cpu.array(dy), _search(cpu.array(x), cpu.array(filter), window)
    dx = np.zeros(out.shape, given.dtype)
    for number, _, of, at in meetings(window):
        dx[of] += np.where(found[at] == number, given[at], 0)
    return cpu.handle(dx, out)


@kernel("Dilation2DBackpropFilter", "cpu")
def dilation2d_backprop_filter(
    cpu: Cpu, x: Handle, filter: Handle, dy: Handle, *, out: Spec, window: Window
) -> Handle:
    """For each filter position the sum, in float64, of dy where it gives the largest."""
    given, (_, found) = cpu.array(dy), _search(cpu.array(x), cpu.array(filter), window)
    sums = np.zeros(out.shape)
    for number, place, _, at in meetings(window):
        sums[place] = np.where(found[at] == number, given[at], 0).sum((0, 1, 2), dtype=np.float64)
    return cpu.handle(sums, out)


@kernel("Dilation2DBackpropInputGrad", "cpu")
def dilation2d_backprop_input_grad(
    cpu: Cpu, x: Handle, filter: Handle, dy: Handle, *, out: Spec, window: Window
) -> Handle:
    """Takes dy, which lies as the input does, from where each window has its largest."""
    given, (_, found) = cpu.array(dy), _search(cpu.array(x), cpu.array(filter), window)
    y = np.zeros(out.shape, given.dtype)
    for number, _, of, at in meetings(window):
        y[at] = np.where(found[at] == number, given[of], y[at])
    return cpu.handle(y, out)


@kernel("Dilation2DBackpropFilterGrad", "cpu")
def dilation2d_backprop_filter_grad(
    cpu: Cpu, x: Handle, filter: Handle, dy: Handle, *, out: Spec, window: Window
) -> Handle:
    """Takes dy, which lies as the filter does, from the position that gives each window its largest."""
    given, (_, found) = cpu.array(dy), _search(cpu.array(x), cpu.array(filter), window)
    y = np.zeros(out.shape, given.dtype)
    for number, place, _, at in meetings(window):
        y[at] = np.where(found[at] == number, given[place], y[at])
    return cpu.handle(y, out)
