"""Einsum on cpu: NumPy's, with sums in double precision."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("Einsum", "cpu")
def einsum(cpu: Cpu, xs: list[Handle], *, out: Spec, equation: str) -> Handle:
    """NumPy takes the same equations."""
    dtype = np.int32 if out.dtype == "int32" else np.float64
    arrays: list[Any] = [cpu.array(x).astype(dtype) for x in xs]
    return cpu.handle(np.asarray(np.einsum(equation, *arrays, optimize=True)), out)
