"""Einsum on cpu: NumPy's, long sums in double precision."""

import math
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.equation import label_sizes, split_equation
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

LONG = 4096  # products that are added up in their own dtype at most


@kernel("Einsum", "cpu")
def einsum(cpu: Cpu, xs: list[Handle], *, out: Spec, equation: str) -> Handle:
    """NumPy takes the same equations."""
    arrays: list[Any] = [cpu.array(x) for x in xs]
    sizes = label_sizes(parts := split_equation(equation), [x.shape for x in xs])
    summed = math.prod(size for label, size in sizes.items() if label not in parts.result)
    if out.dtype == "int32":
        arrays = [array.astype(np.int32) for array in arrays]
    elif summed > LONG or any(array.dtype.kind != "f" for array in arrays):
        arrays = [array.astype(np.float64) for array in arrays]
    return cpu.handle(np.asarray(np.einsum(equation, *arrays, optimize=True)), out)
