"""Pools over images and volumes, and their gradients: strided views of the input, position by position."""

import math
from collections.abc import Iterator
from functools import reduce
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.reduction import mean_of
from glbackend.backends.cpu.kernels.window import Meeting, meetings, met_along, strips
from glbackend.base.shapes import Spec
from glbackend.base.window import Window
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table.functions import masked

Array = np.ndarray[Any, Any]


def _numbers(x: Array) -> Array:
    return x.astype(np.int32) if x.dtype == np.bool_ else x


def _lowest(x: Array) -> float:
    return -np.inf if x.dtype.kind == "f" else np.iinfo(np.int32).min


def _divisor(window: Window, count_padding: bool) -> Array | int:
    """What a window's sum is divided by: [*out size, 1], or the filter's size. At least 1."""
    if count_padding or not window.over_border:
        return math.prod(window.filter_size)
    counts: Array = reduce(
        np.multiply.outer, [np.array(window.counts(dim)) for dim in range(len(window.in_size))]
    )
    return counts[..., None].clip(1)


def _largest(x: Array, window: Window) -> Array:
    """The largest of each window; fmax passes NaN over, and where there is nothing else the lowest stands."""
    y = _folded(_numbers(x), window, np.fmax, _lowest(x))
    return np.fmax(y, _lowest(y)) if y.dtype.kind == "f" and y.size and np.isnan(y.min()) else y


def _folded(x: Array, window: Window, fold: np.ufunc, nothing: float) -> Array:
    """Each window folded to one number, dim by dim, lines first."""
    y, last = np.empty(window.y_shape, x.dtype), len(window.in_size) - 1
    for strip in strips(window, _line_bytes(x, window)):
        part = x[strip.of]
        for dim in range(last + 1):
            part = _folded_along(part, strip.window, dim, fold, nothing, y[strip.at] if dim == last else None)
    return y


def _line_bytes(x: Array, window: Window) -> int:
    """What the input holds for a line of the output."""
    return math.prod(x.shape[2:]) * x.itemsize * window.strides[0]


def _folded_along(
    x: Array, window: Window, dim: int, fold: np.ufunc, nothing: float, out: Array | None
) -> Array:
    """The fold along one dim; positions that do not meet all of the output add to a part of it."""
    before = (slice(None),) * (dim + 1)
    met = [met_along(window, dim, position) for position in range(window.filter_size[dim])]
    whole = slice(0, window.out_size[dim])
    parts = [x[(*before, of)] for of, at in met if at == whole]
    shape = (*x.shape[: dim + 1], window.out_size[dim], *x.shape[dim + 2 :])
    y = np.empty(shape, x.dtype) if out is None else out
    if len(parts) > 1:
        fold(parts[0], parts[1], out=y)
    else:
        y[...] = parts[0] if parts else nothing
    for part in parts[2:]:
        fold(y, part, out=y)
    for of, at in met:
        if at != whole:
            fold(y[(*before, at)], x[(*before, of)], out=y[(*before, at)])
    return y


def _apart(window: Window) -> bool:
    """Whether no two windows see the same input."""
    return all(step >= reach for step, reach in zip(window.strides, window.extent, strict=True))


def _tiles(window: Window) -> bool:
    """Whether the windows stand side by side and cover all of the input."""
    exact = all(
        n * step == size
        for n, step, size in zip(window.out_size, window.strides, window.in_size, strict=True)
    )
    return exact and window.strides == window.extent == window.filter_size and not window.over_border


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
    total = _folded(array if array.dtype.kind == "f" else array.astype(np.float64), window, np.add, 0)
    total /= np.asarray(_divisor(window, count_padding), total.dtype)
    return cpu.handle(total, out)


@kernel("MaxPoolGrad", "cpu")
@kernel("MaxPool3DGrad", "cpu")
def max_pool_grad(
    cpu: Cpu, dy: Handle, input: Handle, output: Handle | None = None, *, out: Spec, window: Window
) -> Handle:
    """Adds each dy to the place of its window's maximum."""
    given, array = cpu.array(dy), cpu.array(input)
    largest = _largest(array, window) if output is None else cpu.array(output)
    make = np.empty if _tiles(window) else np.zeros
    dx, apart = make(window.x_shape, given.dtype), _apart(window)
    for strip in strips(window, _line_bytes(array, window)):
        slope, result = given[strip.at], dx[strip.of]
        for (_, _, of, at), hit in _hits(array[strip.of], largest[strip.at], strip.window):
            if apart:
                masked(hit, slope[at], result[of])
            else:
                result[of] += masked(hit, slope[at])
    return cpu.handle(dx, out)


@kernel("MaxPoolGradGrad", "cpu")
@kernel("MaxPool3DGradGrad", "cpu")
def max_pool_grad_grad(cpu: Cpu, dy: Handle, input: Handle, *, out: Spec, window: Window) -> Handle:
    """Takes dy from the place of each window's maximum."""
    given, array = cpu.array(dy), cpu.array(input)
    y = np.zeros(window.y_shape, given.dtype)
    for (_, _, of, at), hit in _hits(array, _largest(array, window), window):
        y[at] += masked(hit, given[of])
    return cpu.handle(y, out)


@kernel("AvgPoolGrad", "cpu")
@kernel("AvgPool3DGrad", "cpu")
def avg_pool_grad(
    cpu: Cpu, dy: Handle, input: Handle, *, out: Spec, window: Window, count_padding: bool
) -> Handle:
    """Adds to each input position its share of every window that sees it."""
    given = cpu.array(dy)
    share = given / np.asarray(_divisor(window, count_padding), given.dtype)
    if _tiles(window):
        spread = np.expand_dims(share, tuple(range(2, 2 * len(window.in_size) + 1, 2)))
        split = [size for pair in zip(window.out_size, window.strides, strict=True) for size in pair]
        tiled = np.broadcast_to(spread, (window.batch, *split, window.in_channels))
        return cpu.handle(tiled.reshape(out.shape), out)
    dx = np.zeros(out.shape, given.dtype)
    for _, _, of, at in meetings(window):
        dx[of] += share[at]
    return cpu.handle(dx, out)
