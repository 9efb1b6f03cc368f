"""Kernels that make a tensor out of numbers alone: Fill, ZerosLike, OnesLike, Range, LinSpace."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.dtypes import NUMPY
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("Fill", "cpu")
def fill(cpu: Cpu, *, out: Spec, value: Any) -> Handle:
    """One value everywhere."""
    return cpu.handle(np.full(out.shape, value, NUMPY[out.dtype]), out)


@kernel("ZerosLike", "cpu")
def zeros_like(cpu: Cpu, x: Handle, *, out: Spec) -> Handle:
    """Zeros; of strings empty ones."""
    return fill(cpu, out=out, value="" if out.dtype == "string" else 0)


@kernel("OnesLike", "cpu")
def ones_like(cpu: Cpu, x: Handle, *, out: Spec) -> Handle:
    """Ones."""
    return fill(cpu, out=out, value=1)


@kernel("Range", "cpu")
@kernel("LinSpace", "cpu")
def ramp(cpu: Cpu, *, out: Spec, start: float, stop: float, step: float) -> Handle:
    """start + i * step in float64, rounded once; whole numbers are cut towards zero."""
    values = start + np.arange(out.size, dtype=np.float64) * step
    return cpu.handle(np.trunc(values).astype(np.int64) if out.dtype == "int32" else values, out)


@kernel("Diag", "cpu")
def diag(cpu: Cpu, x: Handle, *, out: Spec) -> Handle:
    """The elements of x on the diagonal of a square matrix, seen in the shape of `out`."""
    return cpu.handle(np.diag(cpu.array(x).reshape(-1)).reshape(out.shape), out)
