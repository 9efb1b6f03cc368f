"""Transpose and Reverse on cpu."""

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
