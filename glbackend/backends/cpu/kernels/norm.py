"""Normalisation in NumPy: the factor in float64, the rest in place on many rows at a time."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.rows import blocks_of_rows
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


@kernel("FusedBatchNorm", "cpu")
def batch_norm(
    cpu: Cpu,
    x: Handle,
    mean: Handle,
    variance: Handle,
    offset: Handle | None = None,
    scale: Handle | None = None,
    *,
    out: Spec,
    variance_epsilon: float,
) -> Handle:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset."""
    factor = 1 / np.sqrt(cpu.array(variance).astype(np.float64) + variance_epsilon)
    if scale is not None:
        factor = factor * cpu.array(scale)
    array = cpu.array(x)
    shift = None if offset is None else cpu.array(offset)
    return cpu.handle(moved(array, cpu.array(mean), factor.astype(array.dtype), shift), out)


def moved(x: Array, centre: Array, slope: Array, shift: Array | None) -> Array:
    """(x - centre) * slope + shift; vectors over the last axis a block at a time."""
    shift = np.zeros_like(centre) if shift is None else shift
    if not x.flags.c_contiguous or {one.shape for one in (centre, slope, shift)} != {x.shape[-1:]}:
        return np.asarray((x - centre) * slope + shift)
    y = np.empty_like(x)
    for given, block, *vectors in blocks_of_rows((x, y), (centre, slope, shift)):
        np.subtract(given, vectors[0], out=block)
        block *= vectors[1]
        block += vectors[2]
    return y
