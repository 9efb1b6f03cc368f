"""Softmax, its gradient and LogSoftmax in NumPy: in place, some rows at a time."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.rows import outer, row_blocks, sums
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]
MODERATE = 60.0  # e^60 leaves room for a sum of 1e12 of them, e^-60 for digits


def as_rows(x: Array) -> Array:
    """The rows of x's last axis as a matrix; of a number one row."""
    width = x.shape[-1] if x.ndim else 1
    return x.reshape(x.size // max(width, 1), width)


def powers(logits: Array, out: Array) -> Array:
    """Exponentials of some rows into `out`, and the float64 sum of each row.

    The largest of a row is taken off first where a power could overflow, or all vanish.
    """
    if logits.size and logits.max() < MODERATE:
        total = sums(np.exp(logits, out=out), (1,))
        if total.min() > np.exp(-MODERATE):
            return total
    return sums(np.exp(centred(logits, out), out=out), (1,))


def centred(logits: Array, out: Array) -> Array:
    """`out`: some rows, each less its largest."""
    largest = logits.max(-1, initial=-np.inf)
    return np.subtract(logits, outer(largest, np.ones(logits.shape[1], logits.dtype)), out=out)


@kernel("Softmax", "cpu")
def softmax(cpu: Cpu, logits: Handle, *, out: Spec) -> Handle:
    """Exponentials over their sum."""
    rows = as_rows(cpu.array(logits))
    result, ones = np.empty_like(rows), np.ones(rows.shape[1], rows.dtype)
    for given, block in row_blocks(rows, result):
        block /= outer(powers(given, block).astype(block.dtype), ones)
    return cpu.handle(result.reshape(out.shape), out)


@kernel("LogSoftmax", "cpu")
def log_softmax(cpu: Cpu, logits: Handle, *, out: Spec) -> Handle:
    """Its logarithm, without the detour."""
    rows = as_rows(cpu.array(logits))
    result, ones = np.empty_like(rows), np.ones(rows.shape[1], rows.dtype)
    for given, block in row_blocks(rows, result):
        total = sums(np.exp(centred(given, block)), (1,))
        block -= outer(np.log(total).astype(block.dtype), ones)
    return cpu.handle(result.reshape(out.shape), out)


@kernel("SoftmaxGrad", "cpu")
def softmax_grad(cpu: Cpu, dy: Handle, y: Handle, *, out: Spec) -> Handle:
    """y times what departs from the mean of dy, weighed by y."""
    slopes, shares = as_rows(cpu.array(dy)), as_rows(cpu.array(y))
    result, ones = np.empty_like(shares), np.ones(shares.shape[1], shares.dtype)
    for slope, share, block in row_blocks(slopes, shares, result):
        mean = sums(np.multiply(slope, share, out=block), (1,)).astype(block.dtype)
        np.subtract(slope, outer(mean, ones), out=block)
        block *= share
    return cpu.handle(result.reshape(out.shape), out)
