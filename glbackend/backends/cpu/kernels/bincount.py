"""Bincount and DenseBincount in NumPy; int32 wraps."""

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.segment import segment_sums
from glbackend.base.errors import ArgumentError
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("Bincount", "cpu")
def bincount(cpu: Cpu, x: Handle, weights: Handle, *, out: Spec, rows: int, columns: int) -> Handle:
    """The weights (or ones) of equal numbers added up."""
    return dense_bincount(cpu, x, weights, out=out, rows=rows, columns=columns, binary_output=False)


@kernel("DenseBincount", "cpu")
def dense_bincount(
    cpu: Cpu, x: Handle, weights: Handle, *, out: Spec, rows: int, columns: int, binary_output: bool
) -> Handle:
    """Row by row; numbers of `size` and above are left out, negative ones refused."""
    size = out.shape[-1]
    numbers = cpu.array(x).reshape(rows, columns).astype(np.int64)
    if (numbers < 0).any():
        raise ArgumentError("bincount: Input x must be non-negative!")
    places = np.where(numbers < size, numbers + np.arange(rows)[:, None] * size, -1).reshape(-1)
    if binary_output or not weights.size:
        counts = np.bincount(places[places >= 0], minlength=rows * size)
        counts = np.minimum(counts, 1) if binary_output else counts
    else:
        counts = segment_sums(cpu.array(weights).reshape(-1), places, rows * size)
    return cpu.handle(counts.reshape(out.shape), out)
