"""Layer normalisation in NumPy, a few rows at a time, which stay in the cache for all steps."""

from collections.abc import Iterator

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.rows import BLOCK, Array, sums
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


def _blocks(arrays: list[Array], epsilon: float) -> Iterator[tuple[Array, ...]]:
    """Matching rows of arrays, of the first one normalised, and the factor that did it."""
    width = max(arrays[0].shape[-1], 1)
    flat = [one.reshape(-1, width) for one in arrays]
    step = max(BLOCK // width, 1)
    for start in range(0, len(flat[0]), step):
        x, *others = (one[start : start + step] for one in flat)
        normal = x - (sums(x, (1,)) / width).astype(x.dtype)[:, None]
        variance = np.einsum("ij,ij->i", normal, normal) / width
        factor = (1 / np.sqrt(variance.astype(np.float64) + epsilon)).astype(x.dtype)[:, None]
        normal *= factor
        yield normal, factor, *others


@kernel("LayerNorm", "cpu")
def layer_norm(
    cpu: Cpu,
    x: Handle,
    scale: Handle | None = None,
    offset: Handle | None = None,
    *,
    out: Spec,
    epsilon: float,
) -> Handle:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset."""
    array = cpu.array(x)
    y = np.empty_like(array, order="C")
    for normal, _, block in _blocks([array, y], epsilon):
        if scale is not None:
            normal *= cpu.array(scale)
        if offset is not None:
            normal += cpu.array(offset)
        block[:] = normal
    return cpu.handle(y, out)


@kernel("LayerNormGrad", "cpu")
def layer_norm_grad(
    cpu: Cpu, x: Handle, dy: Handle, scale: Handle | None = None, *, out: Spec, epsilon: float
) -> Handle:
    """dy * scale, less its mean and its share of the normalised x, times the factor."""
    array = cpu.array(x)
    dx = np.empty_like(array, order="C")
    for normal, factor, given, block in _blocks([array, cpu.array(dy), dx], epsilon):
        np.multiply(given, 1 if scale is None else cpu.array(scale), out=block)
        mean = (sums(block, (1,)) / block.shape[1]).astype(block.dtype)[:, None]
        normal *= np.einsum("ij,ij->i", block, normal)[:, None] / normal.shape[1]
        block -= mean
        block -= normal
        block *= factor
    return cpu.handle(dx, out)
