"""Normalisation in NumPy."""

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


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
    y = (cpu.array(x) - cpu.array(mean)) * factor
    return cpu.handle(y if offset is None else y + cpu.array(offset), out)
