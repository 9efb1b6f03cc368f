"""Kernels that sum slices by the id they carry: UnsortedSegmentSum."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


def segment_sums(x: Array, ids: Array, segments: int) -> Array:
    """x [count, ...] summed by id into [segments, ...], in 64 bits; ids outside are dropped."""
    wide = np.float64 if x.dtype.kind == "f" else np.int64
    total = np.zeros((segments, *x.shape[1:]), wide)
    order = np.argsort(ids, kind="stable")
    order = order[(ids[order] >= 0) & (ids[order] < segments)]
    if order.size:
        present, first = np.unique(ids[order], return_index=True)
        total[present] = np.add.reduceat(x[order], first, axis=0, dtype=wide)
    return total


@kernel("UnsortedSegmentSum", "cpu")
def unsorted_segment_sum(cpu: Cpu, x: Handle, segment_ids: Handle, *, out: Spec, count: int) -> Handle:
    """Slices of x summed by id; int32 wraps."""
    slices = cpu.array(x).reshape(count, *out.shape[1:])
    return cpu.handle(segment_sums(slices, cpu.array(segment_ids).reshape(-1), out.shape[0]), out)
