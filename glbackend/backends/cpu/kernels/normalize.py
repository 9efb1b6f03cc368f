"""Normalising by moments of its own in NumPy: a block of rows at a time, moments in float64."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.norm import moved
from glbackend.backends.cpu.kernels.rows import BLOCK, blocks_of_rows, sums
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]
Specs = tuple[Spec, Spec, Spec]


@kernel("Normalize", "cpu")
def normalize(
    cpu: Cpu,
    x: Handle,
    offset: Handle | None = None,
    scale: Handle | None = None,
    *,
    out: Specs,
    by: str,
    variance_epsilon: float,
) -> tuple[Handle, ...]:
    """By the moments of each channel over all else, or of each row."""
    array = np.ascontiguousarray(cpu.array(x))
    shift, factor = (None if one is None else cpu.array(one) for one in (offset, scale))
    found = (_by_channel if by == "channel" else _by_row)(array, shift, factor, variance_epsilon)
    return tuple(cpu.handle(one.reshape(spec.shape), spec) for one, spec in zip(found, out, strict=True))


def _by_channel(
    x: Array, offset: Array | None, scale: Array | None, epsilon: float
) -> tuple[Array, Array, Array]:
    channels = x.shape[-1]
    count = np.float64(x.size // max(channels, 1))
    mean = (sums(x.reshape(int(count), channels), (0,)) / count).astype(x.dtype)
    squares = np.zeros(channels)
    for block, centre in blocks_of_rows((x,), (mean,)):
        apart = block - centre
        apart *= apart
        squares += _added(apart, channels)
    variance = squares / count
    factor = 1 / np.sqrt(variance + epsilon) * (1 if scale is None else scale)
    return moved(x, mean, factor.astype(x.dtype), offset), mean, variance.astype(x.dtype)


def _added(block: Array, channels: int) -> Array:
    """Sums of a block's columns, where several rows may lie side by side as one."""
    return sums(block, (0,)).reshape(-1, channels).sum(0)


def _rows(*arrays: Array) -> Iterator[tuple[Array, ...]]:
    """Matching blocks of some rows of matrices."""
    step = max(BLOCK // max(arrays[0].shape[1], 1), 1)
    for start in range(0, len(arrays[0]), step):
        yield tuple(one[start : start + step] for one in arrays)


def _by_row(
    x: Array, offset: Array | None, scale: Array | None, epsilon: float
) -> tuple[Array, Array, Array]:
    width = np.float64(x.shape[-1])
    rows = x.reshape(x.size // max(x.shape[-1], 1), x.shape[-1])
    y, moments = np.empty(rows.shape, x.dtype), np.empty((2, len(rows), 1), x.dtype)
    for given, block, mean, variance in _rows(rows, y, *moments):
        mean[:, 0] = sums(given, (1,)) / width
        np.subtract(given, mean, out=block)
        spread = sums(block * block, (1,)) / width
        variance[:, 0] = spread
        block *= (1 / np.sqrt(spread + epsilon)).astype(x.dtype)[:, None]
        if scale is not None:
            block *= scale
        if offset is not None:
            block += offset
    return y, moments[0], moments[1]


@kernel("NormalizeGrad", "cpu")
def normalize_grad(
    cpu: Cpu,
    dy: Handle,
    x: Handle,
    mean: Handle,
    variance: Handle,
    scale: Handle | None = None,
    *,
    out: Specs,
    by: str,
    variance_epsilon: float,
) -> tuple[Handle, ...]:
    """Slope by x, sums of dy, sums of dy times what was normalised."""
    slopes, array = (np.ascontiguousarray(cpu.array(one)) for one in (dy, x))
    centre, spread = cpu.array(mean), cpu.array(variance).astype(np.float64)
    inverse = 1 / np.sqrt(spread + variance_epsilon)
    weights = None if scale is None else cpu.array(scale)
    found = (_back_by_channel if by == "channel" else _back_by_row)(slopes, array, centre, inverse, weights)
    return tuple(cpu.handle(one.reshape(spec.shape), spec) for one, spec in zip(found, out, strict=True))


def _back_by_channel(
    dy: Array, x: Array, mean: Array, inverse: Array, scale: Array | None
) -> tuple[Array, Array, Array]:
    channels, dtype = x.shape[-1], x.dtype
    count = np.float64(x.size // max(channels, 1))
    plain, weighed = np.zeros(channels), np.zeros(channels)
    for slopes, block, centre in blocks_of_rows((dy, x), (mean,)):
        plain += _added(slopes, channels)
        apart = block - centre
        apart *= slopes
        weighed += _added(apart, channels)
    dscale = weighed * inverse
    factor = inverse * (1 if scale is None else scale)
    vectors = (factor, -factor * inverse * dscale / count, -factor * plain / count)
    dx = np.empty(x.shape, dtype)
    for slopes, block, to, centre, steep, bend, shift in blocks_of_rows(
        (dy, x, dx), (mean, *(one.astype(dtype) for one in vectors))
    ):
        np.multiply(slopes, steep, out=to)
        apart = block - centre
        apart *= bend
        to += apart
        to += shift
    return dx, plain, dscale


def _back_by_row(
    dy: Array, x: Array, mean: Array, inverse: Array, scale: Array | None
) -> tuple[Array, Array, Array]:
    width, dtype = x.shape[-1], x.dtype
    flat = [one.reshape(x.size // max(width, 1), width) for one in (dy, x)]
    dx, moments = (
        np.empty(flat[0].shape, dtype),
        [one.astype(dtype).reshape(len(flat[0]), 1) for one in (mean, inverse)],
    )
    doffset, dscale = np.zeros(width), np.zeros(width)
    for slopes, block, to, centre, steep in _rows(*flat, dx, *moments):
        shares = block - centre
        shares *= steep
        product = slopes * shares
        doffset += sums(slopes, (0,))
        dscale += sums(product, (0,))
        if scale is not None:
            slopes, product = slopes * scale, product * scale
        shares *= (sums(product, (1,)) / np.float64(width)).astype(dtype)[:, None]
        np.subtract(slopes, shares, out=to)
        to -= (sums(slopes, (1,)) / np.float64(width)).astype(dtype)[:, None]
        to *= steep
    return dx, doffset, dscale
