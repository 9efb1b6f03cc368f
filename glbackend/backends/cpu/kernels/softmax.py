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


def _shifted(rows: Array, result: Array) -> Iterator[tuple[Array, Array, Array]]:
    """Blocks of `result` with logits less the largest of their row, their powers, and the sums of those."""
    step = max(BLOCK // max(rows.shape[-1], 1), 1)
    for start in range(0, len(rows), step):
        given, block = rows[start : start + step], result[start : start + step]
        np.subtract(given, given.max(-1, keepdims=True, initial=-np.inf), out=block)
        powers = np.exp(block)
        yield block, powers, sums(powers, (-1,))[:, None]


def _rows(cpu: Cpu, logits: Handle) -> tuple[Array, Array]:
    """Logits as a matrix, and room for the result."""
    array = cpu.array(logits)
    width = array.shape[-1] if array.ndim else 1
    rows = array.reshape(array.size // max(width, 1), width)
    return rows, np.empty_like(rows)


@kernel("Softmax", "cpu")
def softmax(cpu: Cpu, logits: Handle, *, out: Spec) -> Handle:
    """Exponentials over their sum."""
    rows, result = _rows(cpu, logits)
    for block, powers, total in _shifted(rows, result):
        np.multiply(powers, (1 / total).astype(block.dtype), out=block)
    return cpu.handle(result.reshape(out.shape), out)


@kernel("LogSoftmax", "cpu")
def log_softmax(cpu: Cpu, logits: Handle, *, out: Spec) -> Handle:
    """Its logarithm, without the detour."""
    rows, result = _rows(cpu, logits)
    for block, _, total in _shifted(rows, result):
        np.subtract(block, np.log(total).astype(block.dtype), out=block)
    return cpu.handle(result.reshape(out.shape), out)
