"""Pools over images and volumes, and their gradients: a walk over the filter's positions of strided views."""

import math
from functools import reduce
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.window import meetings
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
    """What a window's sum is divided by: [*out size, 1], or the filter's size. At least 1."""
    if count_padding:
        return math.prod(window.filter_size)
    counts: Array = reduce(
        np.multiply.outer, [np.array(window.counts(dim)) for dim in range(len(window.in_size))]
    )
    return counts[..., None].clip(1)


def _largest(x: Array, window: Window) -> Array:
    x = _numbers(x)
    y = np.full(window.y_shape, _lowest(x), x.dtype)
    for _, _, of, at in meetings(window):
        y[at] = np.where(x[of] > y[at], x[of], y[at])
    return y


def _positions(x: Array, window: Window) -> Array:
    """Which filter position holds the first (of volumes the last) of the largest; -1 for none above -inf."""
    x = _numbers(x)
    largest = np.full(window.y_shape, _lowest(x), x.dtype)
    found = np.full(window.y_shape, -1)
    above = np.greater_equal if window.is_volume else np.greater  # ties as in TF.js
    for number, _, of, at in meetings(window):
        better = above(x[of], largest[at])
        largest[at] = np.where(better, x[of], largest[at])
        found[at] = np.where(better, number, found[at])
    return found


@kernel("MaxPool", "cpu")
@kernel("MaxPool3D", "cpu")
def max_pool(cpu: Cpu, x: Handle, *, out: Spec, window: Window) -> Handle:
    """The largest of each window; NaN is never larger, padding is -inf."""
    return cpu.handle(_largest(cpu.array(x), window), out)


@kernel("MaxPoolWithArgmax", "cpu")
def max_pool_with_argmax(
    cpu: Cpu, x: Handle, *, out: tuple[Spec, Spec], window: Window, include_batch: bool
) -> tuple[Handle, Handle]:
    """The largest of each window, and where in x the first of them lies; -1 where none is above -inf."""
    array = cpu.array(x)
    found = _positions(array, window)
    count = array.size if include_batch else math.prod(array.shape[1:])
    places = np.broadcast_to(np.arange(count).reshape(-1, *array.shape[1:]), array.shape)
    index = np.full(found.shape, -1)
    for number, _, of, at in meetings(window):
        index[at] = np.where(found[at] == number, places[of], index[at])
    return cpu.handle(_largest(array, window), out[0]), cpu.handle(index, out[1])


@kernel("AvgPool", "cpu")
@kernel("AvgPool3D", "cpu")
def avg_pool(cpu: Cpu, x: Handle, *, out: Spec, window: Window, count_padding: bool) -> Handle:
    """The mean of what each window sees, summed in float64."""
    array, total = cpu.array(x), np.zeros(out.shape)
    for _, _, of, at in meetings(window):
        total[at] += array[of]
    return cpu.handle(total / _divisor(window, count_padding), out)


@kernel("MaxPoolGrad", "cpu")
@kernel("MaxPool3DGrad", "cpu")
def max_pool_grad(
    cpu: Cpu, dy: Handle, input: Handle, output: Handle | None = None, *, out: Spec, window: Window
) -> Handle:
    """Adds each dy to the place of its window's maximum."""
    given, found = cpu.array(dy), _positions(cpu.array(input), window)
    dx = np.zeros(out.shape, given.dtype)
    for number, _, of, at in meetings(window):
        dx[of] += np.where(found[at] == number, given[at], 0)
    return cpu.handle(dx, out)


@kernel("MaxPoolGradGrad", "cpu")
@kernel("MaxPool3DGradGrad", "cpu")
def max_pool_grad_grad(cpu: Cpu, dy: Handle, input: Handle, *, out: Spec, window: Window) -> Handle:
    """Takes dy from the place of each window's maximum."""
    given, found = cpu.array(dy), _positions(cpu.array(input), window)
    y = np.zeros(out.shape, given.dtype)
    for number, _, of, at in meetings(window):
        y[at] = np.where(found[at] == number, given[of], y[at])
    return cpu.handle(y, out)


@kernel("AvgPoolGrad", "cpu")
@kernel("AvgPool3DGrad", "cpu")
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
