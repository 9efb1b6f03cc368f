"""Scans in NumPy. Sums are carried in float64 from block to block; int32 wraps."""

import math
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.rows import FEW, divisor
from glbackend.backends.cpu.kernels.window import blocks
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]
SHORTEST, LONGEST = 8, 32  # numbers whose running sums a product gives


def _scan(ufunc: np.ufunc, x: Array, axis: int, exclusive: bool, reverse: bool, wide: np.dtype[Any]) -> Array:
    """`ufunc` accumulated along `axis`, some rows or columns at a time; exclusive: shifted by one place."""
    lead, count, inner = math.prod(x.shape[:axis]), x.shape[axis], math.prod(x.shape[axis + 1 :])
    flat, y = x.reshape(lead, count, inner), np.empty((lead, count, inner), x.dtype)
    way = slice(None, None, -1 if reverse else 1)
    for rows, columns in blocks((lead, inner), count * wide.itemsize):
        found = ufunc.accumulate(flat[rows, way, columns], 1, dtype=wide)
        target = y[rows, way, columns]
        if exclusive:
            target[:, :1] = ufunc.identity
            target[:, 1:] = found[:, :-1]
        else:
            target[...] = found
    return y.reshape(x.shape)


def _sums_along_rows(x: Array, part: int) -> Array:
    """Running sums along the last axis: within `part` numbers by a product with a triangle of ones."""
    y = x.reshape(-1, part) @ np.triu(np.ones((part, part), x.dtype))
    totals = y[:, -1].reshape(*x.shape[:-1], -1)
    if not np.isfinite(totals).all():  # the triangle's zeros would spread what is not finite
        return _scan(np.add, x, x.ndim - 1, False, False, np.dtype(np.float64))
    before = np.cumsum(totals, -1, np.float64) - totals
    y += before.reshape(-1, 1).astype(x.dtype)
    return y.reshape(x.shape)


@kernel("Cumsum", "cpu")
def cumsum(cpu: Cpu, x: Handle, *, out: Spec, axis: int, exclusive: bool, reverse: bool) -> Handle:
    """Sums of all elements up to each."""
    array = cpu.array(x)
    if array.dtype.kind != "f":
        return cpu.handle(_scan(np.add, _numbers(array), axis, exclusive, reverse, np.dtype(np.int32)), out)
    part = divisor(out.shape[axis], LONGEST) if out.size > FEW else 1
    if axis == out.rank - 1 and part >= SHORTEST and not exclusive and not reverse:
        return cpu.handle(_sums_along_rows(array, part), out)
    return cpu.handle(_scan(np.add, array, axis, exclusive, reverse, np.dtype(np.float64)), out)


@kernel("Cumprod", "cpu")
def cumprod(cpu: Cpu, x: Handle, *, out: Spec, axis: int, exclusive: bool, reverse: bool) -> Handle:
    """Products of all elements up to each; what overflows or vanishes in the dtype itself stays so."""
    array = _numbers(cpu.array(x))
    y = _scan(np.multiply, array, axis, exclusive, reverse, array.dtype)
    if array.dtype == np.float32:  # whose roundings pile up where factors are alike
        wide = _scan(np.multiply, array, axis, exclusive, reverse, np.dtype(np.float64))
        size = np.abs(y)
        np.copyto(y, wide, where=(size >= np.finfo(np.float32).tiny) & (size < np.inf))
    return cpu.handle(y, out)


def _numbers(x: Array) -> Array:
    return x.astype(np.int32) if x.dtype == np.bool_ else x
