"""Pools and their gradients: a walk over the filter's positions of strided views."""

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.window import Array, cropped, padded, padded_zeros, tap, taps
from glbackend.base.shapes import Spec
from glbackend.base.window import Window
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


def _numbers(x: Array) -> Array:
    return x.astype(np.int32) if x.dtype == np.bool_ else x


def _lowest(x: Array) -> float:
    return -np.inf if x.dtype.kind == "f" else np.iinfo(np.int32).min


def _divisor(window: Window, count_padding: bool) -> Array | int:
    """What a window's sum is divided by: [out height, out width, 1], or the filter's size. At least 1."""
    if count_padding:
        return window.filter_height * window.filter_width
    counts = np.outer(window.counts(0), window.counts(1))[..., None]
    return np.maximum(counts, 1)


def _positions(x: Array, window: Window) -> Array:
    """Which filter position holds the first of the largest; -1 where none is above -inf."""
    x = _numbers(x)
    around = padded(x, window, _lowest(x))
    largest = np.full(window.y_shape, _lowest(x), x.dtype)
    found = np.full(window.y_shape, -1)
    for number, place in enumerate(taps(window)):
        value = tap(around, window, *place)
        better = value > largest
        largest, found = np.where(better, value, largest), np.where(better, number, found)
    return found


@kernel("MaxPool", "cpu")
def max_pool(cpu: Cpu, x: Handle, *, out: Spec, window: Window) -> Handle:
    """The largest of each window; NaN is never larger, padding is -inf."""
    array = _numbers(cpu.array(x))
    around = padded(array, window, _lowest(array))
    y = np.full(out.shape, _lowest(array), array.dtype)
    for place in taps(window):
        value = tap(around, window, *place)
        y = np.where(value > y, value, y)
    return cpu.handle(y, out)


@kernel("AvgPool", "cpu")
def avg_pool(cpu: Cpu, x: Handle, *, out: Spec, window: Window, count_padding: bool) -> Handle:
    """The mean of what each window sees, summed in float64."""
    around = padded(cpu.array(x), window)
    total = np.zeros(out.shape)
    for place in taps(window):
        total += tap(around, window, *place)
    return cpu.handle(total / _divisor(window, count_padding), out)


@kernel("MaxPoolGrad", "cpu")
def max_pool_grad(
    cpu: Cpu, dy: Handle, input: Handle, output: Handle | None = None, *, out: Spec, window: Window
) -> Handle:
    """Adds each dy to the place of its window's first maximum."""
    given, found = cpu.array(dy), _positions(cpu.array(input), window)
    dx = padded_zeros(window, given.dtype)
    for number, place in enumerate(taps(window)):
        target = tap(dx, window, *place)
        target += np.where(found == number, given, 0)
    return cpu.handle(cropped(dx, window), out)


@kernel("MaxPoolGradGrad", "cpu")
def max_pool_grad_grad(cpu: Cpu, dy: Handle, input: Handle, *, out: Spec, window: Window) -> Handle:
    """Takes dy from the place of each window's first maximum."""
    around, found = padded(cpu.array(dy), window), _positions(cpu.array(input), window)
    y = np.zeros(out.shape, around.dtype)
    for number, place in enumerate(taps(window)):
        y = np.where(found == number, tap(around, window, *place), y)
    return cpu.handle(y, out)


@kernel("AvgPoolGrad", "cpu")
def avg_pool_grad(
    cpu: Cpu, dy: Handle, input: Handle, *, out: Spec, window: Window, count_padding: bool
) -> Handle:
    """Adds to each input position its share of every window that sees it."""
    given = cpu.array(dy)
    share = (given / _divisor(window, count_padding)).astype(given.dtype)
    dx = padded_zeros(window, given.dtype)
    for place in taps(window):
        target = tap(dx, window, *place)
        target += share
    return cpu.handle(cropped(dx, window), out)
