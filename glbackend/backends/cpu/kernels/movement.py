"""Transpose, Reverse, FlipLeftRight and Tile on cpu."""

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("Transpose", "cpu")
def transpose(cpu: Cpu, x: Handle, *, out: Spec, perm: tuple[int, ...]) -> Handle:
    """Axes in another order."""
    return cpu.handle(cpu.array(x).transpose(perm), out)


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
