"""Tile on cpu."""

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("Tile", "cpu")
def tile(cpu: Cpu, x: Handle, *, out: Spec, reps: tuple[int, ...]) -> Handle:
    """x repeated along each axis."""
    return cpu.handle(np.tile(cpu.array(x), reps), out)
