"""ArgMax and ArgMin in NumPy."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


def _first_best(array: Array, axis: int, sign: int) -> Array:
    """Position of the first largest (sign 1) or smallest (-1); NaN wins at position 0 alone, as in TF.js."""
    if array.ndim == 0 or not array.size:
        return np.zeros(array.shape[:axis] + array.shape[axis + 1 :], np.int32)
    if array.dtype.kind != "f":
        return np.asarray(np.argmax(sign * array.astype(np.int64), axis))
    first = np.isnan(np.take(array, 0, axis))
    ranked = np.where(np.isnan(array), -np.inf, sign * array)
    return np.where(first, 0, np.argmax(ranked, axis))


@kernel("ArgMax", "cpu")
def argmax(cpu: Cpu, x: Handle, *, out: Spec, axis: int) -> Handle:
    """Position of the first largest element."""
    return cpu.handle(np.asarray(_first_best(cpu.array(x), axis, 1)).reshape(out.shape), out)


@kernel("ArgMin", "cpu")
def argmin(cpu: Cpu, x: Handle, *, out: Spec, axis: int) -> Handle:
    """Position of the first smallest element."""
    return cpu.handle(np.asarray(_first_best(cpu.array(x), axis, -1)).reshape(out.shape), out)
