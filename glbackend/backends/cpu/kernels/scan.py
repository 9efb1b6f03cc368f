"""Scans in NumPy. Sums are carried in float64 from block to block; int32 wraps."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.rows import FEW, divisor
from glbackend.base.dtypes import NUMPY
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]
SHORTEST, LONGEST = 8, 32  # numbers whose running sums a product gives


def _scan(
    ufunc: np.ufunc, array: Array, axis: int, exclusive: bool, reverse: bool, wide: np.dtype[Any]
) -> Array:
    """`ufunc` accumulated along `axis`; exclusive: shifted by one place, the neutral element first."""
    array = np.flip(array, axis) if reverse else array
    found = ufunc.accumulate(array, axis, dtype=wide)
    if exclusive and array.shape[axis]:
        first = np.full_like(np.take(found, [0], axis), ufunc.identity)
        rest = np.take(found, range(array.shape[axis] - 1), axis)
        found = np.concatenate([first, rest], axis)
    return np.flip(found, axis) if reverse else found


def _sums_along_rows(array: Array, part: int) -> Array:
    """Running sums along the last axis: within `part` numbers by a product with a triangle of ones."""
    blocks = array.reshape(-1, part) @ np.triu(np.ones((part, part), array.dtype))
    totals = blocks[:, -1].reshape(*array.shape[:-1], -1)
    before = np.cumsum(totals, -1, np.float64) - totals
    blocks += before.reshape(-1, 1).astype(array.dtype)
    return blocks.reshape(array.shape)


@kernel("Cumsum", "cpu")
def cumsum(cpu: Cpu, x: Handle, *, out: Spec, axis: int, exclusive: bool, reverse: bool) -> Handle:
    """Sums of all elements up to each."""
    array, wide = cpu.array(x), np.dtype(np.int32 if out.dtype == "int32" else np.float64)
    part = divisor(out.shape[axis], LONGEST) if out.rank and out.size > FEW else 1
    if (
        axis == out.rank - 1
        and array.dtype.kind == "f"
        and part >= SHORTEST
        and not exclusive
        and not reverse
    ):
        return cpu.handle(_sums_along_rows(array, part), out)
    return cpu.handle(_scan(np.add, array, axis, exclusive, reverse, wide), out)


@kernel("Cumprod", "cpu")
def cumprod(cpu: Cpu, x: Handle, *, out: Spec, axis: int, exclusive: bool, reverse: bool) -> Handle:
    """Products of all elements up to each; in the dtype itself: what overflows stays infinite."""
    return cpu.handle(_scan(np.multiply, cpu.array(x), axis, exclusive, reverse, NUMPY[out.dtype]), out)
