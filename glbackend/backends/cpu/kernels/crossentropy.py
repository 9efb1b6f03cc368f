"""Cross-entropy of labels and predicted shares in NumPy, and its gradient."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.rows import dots, outer, row_blocks, sums
from glbackend.backends.cpu.kernels.softmax import as_rows, centred, powers
from glbackend.base.dtypes import NUMPY
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


def _shares(predictions: Array, epsilon: float) -> tuple[Array, Array, Array]:
    """Sum of each row, the share of each prediction in it, and that kept away from 0 and 1."""
    total = predictions.sum(-1, keepdims=True)
    shares = predictions / total
    number = NUMPY["float32"].type  # in which the bounds are meant
    return total, shares, np.clip(shares, number(epsilon), number(1) - number(epsilon))


def _of_logits(labels: Array, logits: Array) -> Array:
    """sum(t) log(sum(e^x)) - sum(t x), of x less their largest; a label of 0 counts nothing, even of -inf."""
    found = np.empty(logits.shape[:-1]).reshape(-1)
    for t, given, losses in row_blocks(as_rows(labels), as_rows(logits), found):
        apart = centred(given, np.empty_like(given))
        logs = np.log(sums(np.exp(apart), (1,)))
        losses[:] = sums(t, (1,)) * logs - dots(t, apart)
        if not np.isfinite(losses).all():
            apart -= logs.astype(apart.dtype)[:, None]
            losses[:] = -np.where(t == 0, 0, t * apart).sum(-1, np.float64)
    return found


def _logit_slopes(dy: Array, labels: Array, logits: Array) -> Array:
    rows, ones = as_rows(logits), np.ones(logits.shape[-1], logits.dtype)
    found = np.empty_like(rows)
    for given, t, slope, block in row_blocks(rows, as_rows(labels), dy.reshape(-1), found):
        block /= outer(powers(given, block).astype(block.dtype), ones)
        counts = sums(t, (1,))
        if (counts != 1).any():
            block *= outer(counts.astype(block.dtype), ones)
        block -= t
        block *= outer(slope, ones)
    return found


@kernel("CategoricalCrossentropy", "cpu")
def categorical_crossentropy(
    cpu: Cpu, labels: Handle, predictions: Handle, *, out: Spec, epsilon: float, from_logits: bool
) -> Handle:
    """-sum(t log share)."""
    if from_logits:
        return cpu.handle(_of_logits(cpu.array(labels), cpu.array(predictions)).reshape(out.shape), out)
    clipped = _shares(cpu.array(predictions), epsilon)[2]
    return cpu.handle(-(cpu.array(labels) * np.log(clipped)).sum(-1), out)


@kernel("CategoricalCrossentropyGrad", "cpu")
def categorical_crossentropy_grad(
    cpu: Cpu, dy: Handle, labels: Handle, predictions: Handle, *, out: Spec, epsilon: float, from_logits: bool
) -> Handle:
    """dy (sum of the labels that count - t / share) / sum; what lies outside of the bounds does not count.

    Of logits dy (sum of the labels * share - t).
    """
    if from_logits:
        given = cpu.array(dy), cpu.array(labels), cpu.array(predictions)
        return cpu.handle(_logit_slopes(*given).reshape(out.shape), out)
    total, shares, clipped = _shares(cpu.array(predictions), epsilon)
    counted = np.where(shares == clipped, cpu.array(labels), shares.dtype.type(0))
    slope = (counted.sum(-1, keepdims=True) - counted / clipped) / total
    return cpu.handle(cpu.array(dy)[..., None] * slope, out)
