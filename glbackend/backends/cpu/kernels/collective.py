"""AllReduce and its like: hand values over to whoever sends them to the other processes."""

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.base.whole import whole
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle, Reading


@kernel("AllReduce", "cpu")
def all_reduce(cpu: Cpu, x: Handle, *, out: Spec, number: int) -> Handle:
    """The sum, made in float64 and rounded once; alone a process has it."""
    part = whole.get()
    values = x.storage.values()
    return cpu.handle((values if part is None else part.total(values)).reshape(out.shape), out)


@kernel("AllReduceMoments", "cpu")
def all_reduce_moments(
    cpu: Cpu, mean: Handle, variance: Handle, *, out: tuple[Spec, ...], rows: int, number: int
) -> tuple[Handle, ...]:
    """By sums, and sums of squares, in float64."""
    here, spread = (one.storage.values().astype(np.float64) for one in (mean, variance))
    sums = np.concatenate([[rows], rows * here, rows * (spread + here**2)])
    part = whole.get()
    (count,), first, second = np.split(sums if part is None else part.total(sums), [1, 1 + here.size])
    found = first / count, np.maximum(second / count - (first / count) ** 2, 0), np.array(count)
    return tuple([cpu.handle(one, spec) for one, spec in zip(found, out, strict=True)])


@kernel("AllReduceStart", "cpu")
def all_reduce_start(cpu: Cpu, xs: list[Handle], *, out: Spec, number: int) -> Handle:
    """An array of its own, which others add to; alone a process has the sum."""
    if len(xs) == 1:
        reading = xs[0].storage.reading()
    else:
        reading = Reading(np.concatenate([x.storage.values() for x in xs]))
    part = whole.get()
    if part is None:
        reading.wait()
        return Handle.of(reading.array, out)
    return Handle.of(part.begin(number, reading), out)
