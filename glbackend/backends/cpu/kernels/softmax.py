"""Softmax and LogSoftmax in NumPy, in float64."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


def _shifted(cpu: Cpu, logits: Handle) -> np.ndarray[Any, Any]:
    """Logits less the largest of their row, so that nothing overflows."""
    rows = cpu.array(logits).astype(np.float64).reshape(logits.shape or (1,))
    shifted: np.ndarray[Any, Any] = rows - rows.max(-1, keepdims=True, initial=-np.inf)
    return shifted


@kernel("Softmax", "cpu")
def softmax(cpu: Cpu, logits: Handle, *, out: Spec) -> Handle:
    """Exponentials over their sum."""
    powers = np.exp(_shifted(cpu, logits))
    return cpu.handle((powers / powers.sum(-1, keepdims=True)).reshape(out.shape), out)


@kernel("LogSoftmax", "cpu")
def log_softmax(cpu: Cpu, logits: Handle, *, out: Spec) -> Handle:
    """Its logarithm, without the detour."""
    shifted = _shifted(cpu, logits)
    sums = np.exp(shifted).sum(-1, keepdims=True)
    return cpu.handle((shifted - np.log(sums)).reshape(out.shape), out)
