"""Cross-entropy of labels and predicted shares in NumPy, and its gradient."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.softmax import log_softmax, softmax
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


@kernel("CategoricalCrossentropy", "cpu")
def categorical_crossentropy(
    cpu: Cpu, labels: Handle, predictions: Handle, *, out: Spec, epsilon: float, from_logits: bool
) -> Handle:
    """-sum(t log share)."""
    if from_logits:
        t, logs = cpu.array(labels), cpu.array(log_softmax(cpu, predictions, out=predictions.spec))
        return cpu.handle(-np.where(t == 0, 0, t * logs).sum(-1), out)
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
        t, shares = cpu.array(labels), cpu.array(softmax(cpu, predictions, out=predictions.spec))
        return cpu.handle(cpu.array(dy)[..., None] * (shares * t.sum(-1, keepdims=True) - t), out)
    total, shares, clipped = _shares(cpu.array(predictions), epsilon)
    counted = np.where(shares == clipped, cpu.array(labels), shares.dtype.type(0))
    slope = (counted.sum(-1, keepdims=True) - counted / clipped) / total
    return cpu.handle(cpu.array(dy)[..., None] * slope, out)
