"""Concat, Pack, SplitV and Unpack on cpu."""

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


@kernel("Concat", "cpu")
def concat(cpu: Cpu, xs: list[Handle], *, out: Spec, axis: int) -> Handle:
    """Tensors one after the other along an axis."""
    return cpu.handle(np.concatenate([cpu.array(x) for x in xs], axis), out)


@kernel("Pack", "cpu")
def pack(cpu: Cpu, xs: list[Handle], *, out: Spec, axis: int) -> Handle:
    """Tensors one after the other along a new axis."""
    return cpu.handle(np.stack([cpu.array(x) for x in xs], axis), out)


@kernel("SplitV", "cpu")
def split_v(cpu: Cpu, x: Handle, *, out: tuple[Spec, ...], axis: int) -> tuple[Handle, ...]:
    """Parts of an axis, each a tensor."""
    ends = np.cumsum([spec.shape[axis] for spec in out])
    parts = np.split(cpu.array(x), ends[:-1], axis) if out else []
    return tuple(cpu.handle(part.copy(), spec) for part, spec in zip(parts, out, strict=True))


@kernel("Unpack", "cpu")
def unpack(cpu: Cpu, value: Handle, *, out: tuple[Spec, ...], axis: int) -> tuple[Handle, ...]:
    """The elements of an axis, each a tensor without it."""
    parts = np.moveaxis(cpu.array(value), axis, 0)
    return tuple(cpu.handle(np.array(part, parts.dtype), spec) for part, spec in zip(parts, out, strict=True))
