"""Local response normalisation in NumPy."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


def _window_sums(values: Array, radius: int) -> Array:
    """Sums over the channels at most `radius` away from each."""
    total, channels = values.copy(), values.shape[-1]
    for step in range(1, min(radius, channels - 1) + 1):
        total[..., step:] += values[..., :-step]
        total[..., :-step] += values[..., step:]
    return total


@kernel("LRN", "cpu")
def lrn(
    cpu: Cpu, x: Handle, *, out: Spec, depth_radius: int, bias: float, alpha: float, beta: float
) -> Handle:
    """x / (bias + alpha * sum of squares nearby)^beta."""
    values = cpu.array(x)
    norm = bias + alpha * _window_sums(values * values, depth_radius)
    return cpu.handle(values * norm**-beta, out)


@kernel("LRNGrad", "cpu")
def lrn_grad(
    cpu: Cpu,
    x: Handle,
    y: Handle,
    dy: Handle,
    *,
    out: Spec,
    depth_radius: int,
    bias: float,
    alpha: float,
    beta: float,
) -> Handle:
    """dy / norm^beta - 2 alpha beta x * sums of dy * y / norm nearby."""
    values, upstream = cpu.array(x), cpu.array(dy)
    norm = bias + alpha * _window_sums(values * values, depth_radius)
    share = _window_sums(upstream * cpu.array(y) / norm, depth_radius)
    return cpu.handle(upstream * norm**-beta - 2 * alpha * beta * values * share, out)
