"""Softmax and LogSoftmax in NumPy: in place, some rows at a time."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.rows import BLOCK, sums
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]
MODERATE = 60.0  # e^60 leaves room for a sum of 1e12 of them, e^-60 for digits


def _blocks(cpu: Cpu, logits: Handle, result: Array) -> Iterator[tuple[Array, Array, Array]]:
    """Some rows of the logits at a time, the rows of `result` for them, and the largest of each."""
    rows = cpu.array(logits).reshape(result.shape)
    step = max(BLOCK // max(rows.shape[-1], 1), 1)
    for start in range(0, len(rows), step):
        block = rows[start : start + step]
        yield block, result[start : start + step], block.max(-1, keepdims=True, initial=-np.inf)


def _room(cpu: Cpu, logits: Handle) -> Array:
    """An empty matrix with the rows of the logits."""
    width = logits.shape[-1] if logits.shape else 1
    return np.empty((logits.size // max(width, 1), width), cpu.array(logits).dtype)


@kernel("Softmax", "cpu")
def softmax(cpu: Cpu, logits: Handle, *, out: Spec) -> Handle:
    """Exponentials over their sum; the largest is taken off where a power could overflow, or all vanish."""
    result = _room(cpu, logits)
    for given, block, largest in _blocks(cpu, logits, result):
        if np.abs(largest).max(initial=0) < MODERATE:
            np.exp(given, out=block)
        else:
            np.exp(np.subtract(given, largest, out=block), out=block)
        block *= (1 / sums(block, (-1,))).astype(block.dtype)[:, None]
    return cpu.handle(result.reshape(out.shape), out)


@kernel("LogSoftmax", "cpu")
def log_softmax(cpu: Cpu, logits: Handle, *, out: Spec) -> Handle:
    """Its logarithm, without the detour."""
    result = _room(cpu, logits)
    for given, block, largest in _blocks(cpu, logits, result):
        np.subtract(given, largest, out=block)
        block -= np.log(sums(np.exp(block), (-1,))).astype(block.dtype)[:, None]
    return cpu.handle(result.reshape(out.shape), out)
