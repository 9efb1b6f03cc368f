"""Scans in NumPy. Sums are carried in float64, to judge the other backend by; int32 wraps."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.dtypes import NUMPY
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


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


@kernel("Cumsum", "cpu")
def cumsum(cpu: Cpu, x: Handle, *, out: Spec, axis: int, exclusive: bool, reverse: bool) -> Handle:
    """Sums of all elements up to each."""
    wide = np.dtype(np.int32 if out.dtype == "int32" else np.float64)
    return cpu.handle(_scan(np.add, cpu.array(x), axis, exclusive, reverse, wide), out)


@kernel("Cumprod", "cpu")
def cumprod(cpu: Cpu, x: Handle, *, out: Spec, axis: int, exclusive: bool, reverse: bool) -> Handle:
    """Products of all elements up to each; in the dtype itself: what overflows stays infinite."""
    return cpu.handle(_scan(np.multiply, cpu.array(x), axis, exclusive, reverse, NUMPY[out.dtype]), out)
