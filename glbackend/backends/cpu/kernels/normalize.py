"""Normalising by moments of its own in NumPy: a block of rows at a time, moments in float64.

By row a block is a row times a slope plus a shift, both products of depth 2, as Keras has it. Where a mean is
large beside what departs from it, which its square would hide, it is taken off beforehand.
"""

import math
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.rows import (
    blocks_of_rows,
    dots,
    outer,
    row_blocks,
    sums,
)
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]
Specs = tuple[Spec, Spec, Spec]
MOST = 3 << 17  # numbers of rows that are worked on at a time: a block costs 40 us in calls
NEAR = 4  # the largest square of a mean, in variances, that need not be taken off beforehand


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
    y, squares = np.empty_like(x), np.zeros(channels)
    for given, apart, centre in blocks_of_rows((x, y), (mean,)):
        np.subtract(given, centre, out=apart)
        squares += _added(apart * apart, channels)
    variance = squares / count
    factor = (1 / np.sqrt(variance + epsilon) * (1 if scale is None else scale)).astype(x.dtype)
    for block, slope, *shift in blocks_of_rows((y,), (factor,) if offset is None else (factor, offset)):
        block *= slope
        if shift:
            block += shift[0]
    return y, mean, variance.astype(x.dtype)


def _added(block: Array, channels: int) -> Array:
    """Sums of a block's columns, where several rows may lie side by side as one."""
    return sums(block.reshape(-1, channels), (0,))


def _by_row(
    x: Array, offset: Array | None, scale: Array | None, epsilon: float
) -> tuple[Array, Array, Array]:
    width, dtype = x.shape[-1], x.dtype
    rows = x.reshape(math.prod(x.shape[:-1]), width)
    if not width:
        return x, *np.full((2, len(rows)), np.nan, dtype)
    ones, zeros = np.ones(width, dtype), np.zeros(width, dtype)
    factor, shift = ones if scale is None else scale, zeros if offset is None else offset
    y, mean, variance = np.empty(rows.shape, dtype), *np.empty((2, len(rows)), dtype)
    for given, block, centre, spread in row_blocks(rows, y, mean, variance, most=MOST):
        rest = sums(given, (1,)) / np.float64(width)
        centre[:] = rest
        squares = dots(given, given) / np.float64(width) - rest * rest
        near = (rest * rest <= NEAR * squares) & (squares < np.inf)
        if not near.all():
            given, rest = np.subtract(given, outer(centre, ones)), np.zeros(len(given))
            squares = dots(given, given) / np.float64(width)
        spread[:] = squares
        steep = 1 / np.sqrt(squares + epsilon)
        outer(steep, factor, out=block)
        block *= given
        block += outer(-rest * steep, factor, 1, shift)
    return y, mean, variance


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
    affine: bool,
) -> tuple[Handle, ...]:
    """Slope by x; with `affine` sums of dy, and of dy times what was normalised."""
    slopes, array = (np.ascontiguousarray(cpu.array(one)) for one in (dy, x))
    centre, spread = cpu.array(mean), cpu.array(variance).astype(np.float64)
    inverse = 1 / np.sqrt(spread + variance_epsilon)
    weights = None if scale is None else cpu.array(scale)
    given = slopes, array, centre, inverse, weights
    found = _back_by_channel(*given) if by == "channel" else _back_by_row(*given, affine)
    return tuple(cpu.handle(one.reshape(spec.shape), spec) for one, spec in zip(found, out, strict=affine))


def _back_by_channel(
    dy: Array, x: Array, mean: Array, inverse: Array, scale: Array | None
) -> tuple[Array, Array, Array]:
    channels, dtype = x.shape[-1], x.dtype
    count = np.float64(x.size // max(channels, 1))
    dx, plain, weighed = np.empty(x.shape, dtype), np.zeros(channels), np.zeros(channels)
    for slopes, given, apart, centre in blocks_of_rows((dy, x, dx), (mean,)):
        np.subtract(given, centre, out=apart)
        plain += _added(slopes, channels)
        weighed += _added(apart * slopes, channels)
    dscale = weighed * inverse
    factor = inverse * (1 if scale is None else scale)
    vectors = (
        one.astype(dtype) for one in (factor, -factor * inverse * dscale / count, -factor * plain / count)
    )
    for slopes, apart, steep, bend, shift in blocks_of_rows((dy, dx), tuple(vectors)):
        apart *= bend
        apart += shift
        apart += slopes * steep
    return dx, plain, dscale


def _back_by_row(
    dy: Array, x: Array, mean: Array, inverse: Array, scale: Array | None, affine: bool
) -> tuple[Array, Array, Array]:
    width, dtype = x.shape[-1], x.dtype
    if not width:
        return x, *np.zeros((2, 0))
    ones = np.ones(width, dtype)
    factor = ones if scale is None else scale
    dx = np.empty((x.size // max(width, 1), width), dtype)
    doffset, dscale = np.zeros(width), np.zeros(width)
    moments = mean.reshape(-1).astype(dtype), inverse.reshape(-1)
    arrays = dy.reshape(dx.shape), x.reshape(dx.shape), dx, *moments
    for slopes, given, to, rest, steep in row_blocks(*arrays, most=MOST):
        if not (np.abs(rest) * steep <= math.sqrt(NEAR)).all():
            given, rest = np.subtract(given, outer(rest, ones)), np.zeros_like(rest)
        between = np.empty_like(to)
        if affine:
            doffset += sums(slopes, (0,))
            dscale += steep.astype(dtype) @ np.multiply(slopes, given, out=between)
            dscale -= (rest * steep).astype(dtype) @ slopes
        outer(steep, factor, out=to)
        to *= slopes
        total = dots(to, ones)
        bend = (dots(to, given) - rest * total) * steep**2 / np.float64(width)
        outer(bend, ones, out=between)
        between *= given
        to -= between
        to -= outer(total / np.float64(width) - bend * rest, ones, out=between)
    return dx, doffset, dscale
