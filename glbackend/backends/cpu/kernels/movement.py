"""Transpose, Reverse, FlipLeftRight and Tile on cpu."""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec, collapse, row_major_strides
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]
LARGE, STRIP = 1 << 14, 32  # numbers that outgrow the first cache, and columns that do not


@kernel("Transpose", "cpu")
def transpose(cpu: Cpu, x: Handle, *, out: Spec, perm: tuple[int, ...]) -> Handle:
    """Axes in another order."""
    return cpu.handle(transposed(cpu.array(x), perm), out)


def transposed(x: Array, perm: tuple[int, ...]) -> Array:
    """x with axes in another order; much of it copied strip by strip, whose lines stay in the cache."""
    view = x.transpose(perm)
    dims, (walk, _) = collapse(view.shape, view.strides, row_major_strides(view.shape))
    if x.size < LARGE or not dims or walk[-1] == x.itemsize:
        return view
    y = np.empty(view.shape, x.dtype)
    source, target = as_strided(x, dims, walk), y.reshape(dims)
    for start in range(0, dims[-1], STRIP):
        target[..., start : start + STRIP] = source[..., start : start + STRIP]
    return y


@kernel("Reverse", "cpu")
def reverse(cpu: Cpu, x: Handle, *, out: Spec, dims: tuple[int, ...]) -> Handle:
    """The elements along some axes from last to first."""
    return cpu.handle(np.flip(cpu.array(x), dims), out)


@kernel("FlipLeftRight", "cpu")
def flip_left_right(cpu: Cpu, image: Handle, *, out: Spec) -> Handle:
    """Columns from last to first."""
    return cpu.handle(cpu.array(image)[:, :, ::-1], out)


@kernel("Tile", "cpu")
def tile(cpu: Cpu, x: Handle, *, out: Spec, reps: tuple[int, ...]) -> Handle:
    """x repeated along each axis."""
    return cpu.handle(np.tile(cpu.array(x), reps), out)
