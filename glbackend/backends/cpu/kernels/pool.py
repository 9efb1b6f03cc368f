"""Pools over images and volumes, and their gradients: strided views of the input, position by position."""

import math
from collections.abc import Iterator
from functools import reduce
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.reduction import mean_of
from glbackend.backends.cpu.kernels.window import Meeting, meetings, met_along
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
    """The largest of each window: dim by dim, lines first; fmax passes NaN over."""
    y = _numbers(x)
    for dim in range(len(window.in_size)):
        y = _folded(y, window, dim)
    return np.fmax(y, y.dtype.type(_lowest(y)), out=y)  # nothing but NaN is nothing


def _folded(x: Array, window: Window, dim: int) -> Array:
    """The largest along one dim; where a position does not meet all of the output it adds to a part of it."""
    before = (slice(None),) * (dim + 1)
    met = [met_along(window, dim, position) for position in range(window.filter_size[dim])]
    whole = slice(0, window.out_size[dim])
    parts = [x[(*before, of)] for of, at in met if at == whole]
    if len(parts) > 1:
        y = np.fmax(parts[0], parts[1])
    else:
        shape = (*x.shape[: dim + 1], window.out_size[dim], *x.shape[dim + 2 :])
        y = parts[0].copy() if parts else np.full(shape, _lowest(x), x.dtype)
    for part in parts[2:]:
        np.fmax(y, part, out=y)
    for of, at in met:
        if at != whole:
            np.fmax(y[(*before, at)], x[(*before, of)], out=y[(*before, at)])
    return y


def _hits(x: Array, y: Array, window: Window) -> Iterator[tuple[Meeting, Array]]:
    """For each position where it holds its window's maximum: the first that does, of volumes the last.

    None does where nothing is above -inf (of volumes: where all is NaN). Ties as in TF.js.
    """
    x, left = _numbers(x), np.ones(y.shape, bool) if window.is_volume else y > _lowest(y)
    met = list(meetings(window))
    for one in reversed(met) if window.is_volume else met:
        hit = x[one.of] == y[one.at]
        hit &= left[one.at]
        left[one.at] ^= hit
        yield one, hit


def _kept(values: Array, hit: Array) -> Array:
    """Values where `hit`, else 0, by their bits: 0 also for NaN and infinity, and quicker than where."""
    bits = np.dtype(f"i{values.itemsize}")
    mask = np.negative(hit.view(np.int8), dtype=bits, casting="unsafe")
    kept: Array = np.bitwise_and(values.view(bits), mask, out=mask).view(values.dtype)
    return kept


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
    largest = _largest(array, window)
    count = array.size if include_batch else math.prod(array.shape[1:])
    places = np.broadcast_to(np.arange(count).reshape(-1, *array.shape[1:]), array.shape)
    index = np.full(largest.shape, -1)
    for (_, _, of, at), hit in _hits(array, largest, window):
        index[at] = np.where(hit, places[of], index[at])
    return cpu.handle(largest, out[0]), cpu.handle(index, out[1])


@kernel("AvgPool", "cpu")
@kernel("AvgPool3D", "cpu")
def avg_pool(cpu: Cpu, x: Handle, *, out: Spec, window: Window, count_padding: bool) -> Handle:
    """The mean of what each window sees."""
    array = _numbers(cpu.array(x))
    if window.is_global:
        return cpu.handle(mean_of(array, tuple(range(1, array.ndim - 1))).reshape(out.shape), out)
    total = np.zeros(out.shape, array.dtype if array.dtype.kind == "f" else np.float64)
    for _, _, of, at in meetings(window):
        total[at] += array[of]
    total /= np.asarray(_divisor(window, count_padding), total.dtype)
    return cpu.handle(total, out)


@kernel("MaxPoolGrad", "cpu")
@kernel("MaxPool3DGrad", "cpu")
def max_pool_grad(
    cpu: Cpu, dy: Handle, input: Handle, output: Handle | None = None, *, out: Spec, window: Window
) -> Handle:
    """Adds each dy to the place of its window's maximum."""
    given, array = cpu.array(dy), cpu.array(input)
    dx = np.zeros(out.shape, given.dtype)
    for (_, _, of, at), hit in _hits(array, _largest(array, window), window):
        dx[of] += _kept(given[at], hit)
    return cpu.handle(dx, out)


@kernel("MaxPoolGradGrad", "cpu")
@kernel("MaxPool3DGradGrad", "cpu")
def max_pool_grad_grad(cpu: Cpu, dy: Handle, input: Handle, *, out: Spec, window: Window) -> Handle:
    """Takes dy from the place of each window's maximum."""
    given, array = cpu.array(dy), cpu.array(input)
    y = np.zeros(window.y_shape, given.dtype)
    for (_, _, of, at), hit in _hits(array, _largest(array, window), window):
        y[at] += _kept(given[of], hit)
    return cpu.handle(y, out)


@kernel("AvgPoolGrad", "cpu")
@kernel("AvgPool3DGrad", "cpu")
def avg_pool_grad(
    cpu: Cpu, dy: Handle, input: Handle, *, out: Spec, window: Window, count_padding: bool
) -> Handle:
    """Adds to each input position its share of every window that sees it."""
    given = cpu.array(dy)
    share = given / np.asarray(_divisor(window, count_padding), given.dtype)
    dx = np.zeros(out.shape, given.dtype)
    for _, _, of, at in meetings(window):
        dx[of] += share[at]
    return cpu.handle(dx, out)
