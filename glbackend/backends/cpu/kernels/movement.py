"""Transpose, Reverse, FlipLeftRight and Tile on cpu."""

from itertools import product
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec, collapse, row_major_strides
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]
LARGE = 1 << 14  # numbers that outgrow the first cache
LINES, COLUMNS, GAP = 128, 256, 8  # of a buffer; lines with a gap between them do not meet in the cache
FEW, MEETING = 64, 1024  # lines that need no buffer, and bytes between lines that meet in the cache


@kernel("Transpose", "cpu")
def transpose(cpu: Cpu, x: Handle, *, out: Spec, perm: tuple[int, ...]) -> Handle:
    """Axes in another order."""
    return cpu.handle(transposed(cpu.array(x), perm), out)


def transposed(x: Array, perm: tuple[int, ...]) -> Array:
    """x with axes in another order; much of it by way of a buffer that stays in the cache."""
    view = x.transpose(perm)
    dims, (walk, _) = collapse(view.shape, view.strides, row_major_strides(view.shape))
    near = walk.index(min(walk))  # the axis along which x lies in memory
    in_line = near == len(dims) - 1  # as where x is a view that is turned back
    apart = dims[-1] <= 4 * FEW and walk[-1] % MEETING
    if x.size < LARGE or walk[near] != x.itemsize or min(dims[near], dims[-1]) < FEW or in_line or apart:
        return view
    y, room = np.empty(view.shape, x.dtype), np.empty((LINES, COLUMNS + GAP), x.dtype)
    axes = (*(axis for axis in range(len(dims) - 1) if axis != near), near, len(dims) - 1)
    source, target = (as_strided(x, dims, walk).transpose(axes), y.reshape(dims).transpose(axes))
    for place in product(*map(range, source.shape[:-2])):
        _turn(source[place], target[place], room)
    return y


def _turn(source: Array, target: Array, room: Array) -> None:
    """Copies a matrix whose columns are contiguous to one whose rows are."""
    for high in range(0, source.shape[0], COLUMNS):
        for left in range(0, source.shape[1], LINES):
            part = (slice(high, high + COLUMNS), slice(left, left + LINES))
            given = source[part].T
            lines = room[: given.shape[0], : given.shape[1]]
            lines[...] = given
            target[part] = lines.T


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
