"""BroadcastArgs on cpu, where the sizes can be checked."""

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec, broadcast_shapes
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("BroadcastArgs", "cpu")
def broadcast_args(cpu: Cpu, s0: Handle, s1: Handle, *, out: Spec) -> Handle:
    """ShapeError where two sizes differ and neither is 1."""
    a, b = (tuple(int(dim) for dim in cpu.array(x)) for x in (s0, s1))
    return cpu.handle(np.array(broadcast_shapes(a, b, "broadcast_args"), np.int32), out)
