"""Pools and their gradients: a walk over the filter's positions of strided views."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.window import meetings
from glbackend.base.shapes import Spec
from glbackend.base.window import Window
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


def _numbers(x: Array) -> Array:
    return x.astype(np.int32) if x.dtype == np.bool_ else x


def _lowest(x: Array) -> float:
    return -np.inf if x.dtype.kind == "f" else np.iinfo(np.int32).min


def _divisor(window: Window, count_padding: bool) -> Array | int:
    """What a window's sum is divided by: [out height, out width, 1], or the filter's size. At least 1."""
    if count_padding:
        return window.filter_height * window.filter_width
    counts: Array = np.outer(window.counts(0), window.counts(1))[..., None]
    return counts.clip(1)


def _positions(x: Array, window: Window) -> Array:
    """Which filter position holds the first of the largest; -1 where none is above -inf."""
    x = _numbers(x)
    largest = np.full(window.y_shape, _lowest(x), x.dtype)
    found = np.full(window.y_shape, -1)
    for number, _, of, at in meetings(window):
        better = x[of] > largest[at]
        largest[at] = np.where(better, x[of], largest[at])
        found[at] = np.where(better, number, found[at])
    return found


@kernel("MaxPool", "cpu")
def max_pool(cpu: Cpu, x: Handle, *, out: Spec, window: Window) -> Handle:
    """The largest of each window; NaN is never larger, padding is -inf."""
    array = _numbers(cpu.array(x))
    y = np.full(out.shape, _lowest(array), array.dtype)
    for _, _, of, at in meetings(window):
        y[at] = np.where(array[of] > y[at], array[of], y[at])
    return cpu.handle(y, out)


@kernel("AvgPool", "cpu")
def avg_pool(cpu: Cpu, x: Handle, *, out: Spec, window: Window, count_padding: bool) -> Handle:
    """The mean of what each window sees, summed in float64."""
    array, total = cpu.array(x), np.zeros(out.shape)
    for _, _, of, at in meetings(window):
        total[at] += array[of]
    return cpu.handle(total / _divisor(window, count_padding), out)


@kernel("MaxPoolGrad", "cpu")
def max_pool_grad(
    cpu: Cpu, dy: Handle, input: Handle, output: Handle | None = None, *, out: Spec, window: Window
) -> Handle:
    """Adds each dy to the place of its window's first maximum."""
    given, found = cpu.array(dy), _positions(cpu.array(input), window)
    dx = np.zeros(out.shape, given.dtype)
    for number, _, of, at in meetings(window):
        dx[of] += np.where(found[at] == number, given[at], 0)
    return cpu.handle(dx, out)


@kernel("MaxPoolGradGrad", "cpu")
def max_pool_grad_grad(cpu: Cpu, dy: Handle, input: Handle, *, out: Spec, window: Window) -> Handle:
    """Takes dy from the place of each window's first maximum."""
    given, found = cpu.array(dy), _positions(cpu.array(input), window)
    y = np.zeros(out.shape, given.dtype)
    for number, _, of, at in meetings(window):
        y[at] = np.where(found[at] == number, given[of], y[at])
    return cpu.handle(y, out)


@kernel("AvgPoolGrad", "cpu")
def avg_pool_grad(
    cpu: Cpu, dy: Handle, input: Handle, *, out: Spec, window: Window, count_padding: bool
) -> Handle:
    """Adds to each input position its share of every window that sees it."""
    given = cpu.array(dy)
    share = (given / _divisor(window, count_padding)).astype(given.dtype)
    dx = np.zeros(out.shape, given.dtype)
    for _, _, of, at in meetings(window):
        dx[of] += share[at]
    return cpu.handle(dx, out)
