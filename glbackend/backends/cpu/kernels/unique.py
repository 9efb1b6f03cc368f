"""Unique and Where: for both backends, as the shapes of their results depend on values."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


def _numbered(rows: Array) -> tuple[Array, Array]:
    """Of [count, width]: where each different row first stands, in order; per row the number of its like.

    As in TF.js a NaN equals a NaN, and -0 equals 0.
    """
    if rows.dtype.kind == "f":
        rows = np.where(np.isnan(rows), np.nan, rows + 0)
    if rows.dtype.kind == "O" or not rows.shape[1]:
        seen: dict[Any, int] = {}
        number = np.array([seen.setdefault(tuple(row), len(seen)) for row in rows], np.int64)
        return np.unique(number, return_index=True)[1], number
    bits = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).reshape(-1)
    _, first, number = np.unique(bits, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return first[order], rank[number.reshape(-1)]


@kernel("Unique", "cpu")
def unique(cpu: Cpu, x: Handle, *, out: tuple[Spec, Spec], axis: int) -> tuple[Handle, Handle]:
    """Slices in the order in which they first stand."""
    array = cpu.array(x)
    count = array.shape[axis]
    rows = np.moveaxis(array, axis, 0).reshape(count, array.size // count if count else 0)
    first, numbers = _numbered(rows)
    values = np.take(array, first, axis)
    return cpu.handle(values, Spec(values.shape, x.dtype)), cpu.handle(numbers, out[1])


@kernel("Where", "cpu")
def where(cpu: Cpu, condition: Handle, *, out: Spec) -> Handle:
    """Coordinates in row-major order."""
    found = np.argwhere(cpu.array(condition))
    return cpu.handle(found, Spec(found.shape, "int32"))
