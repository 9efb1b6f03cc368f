"""Chains of rows in NumPy: in blocks that stay in a core's cache, all steps on one before the next."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.elementwise import converted, cut_to
from glbackend.base.dtypes import NUMPY, DType
from glbackend.base.shapes import Shape, Spec
from glbackend.contracts.chain import Root
from glbackend.engine.registry import find_kernel, kernel
from glbackend.engine.storage import Handle
from glbackend.table import ROWS
from glbackend.table.fusable import ACTIVATIONS, FUSED
from glbackend.table.step import Step, dtypes_of

Array = np.ndarray[Any, Any]
ALONE = set(ACTIVATIONS.values()) - {None, "Prelu"}  # activations of one tensor
BLOCK = 1 << 16  # numbers that are worked on at a time: a few such arrays stay in a core's second cache


@kernel("Chain", "cpu")
def chain(
    cpu: Cpu,
    xs: list[Handle],
    *,
    out: Spec,
    steps: tuple[Step, ...],
    numbers: Mapping[str, float],
    root: Root | None,
) -> Handle:
    """The root, then the steps."""
    if root is not None:
        whole = _fused(root, xs, steps, numbers)
        if whole is not None:
            return _root(cpu, whole, xs)
        count = len(root.names)
        xs = [_root(cpu, root, xs[:count]), *xs[count:]]
    return _rows(cpu, xs, steps, numbers, out) if steps else xs[0]


def _fused(root: Root, xs: list[Handle], steps: Sequence[Step], numbers: Mapping[str, float]) -> Root | None:
    """The fused form of a root, where the steps are a bias and an activation: it works block by block."""
    window = root.attrs.get("window")
    if root.kernel not in FUSED or any(x.dtype != "float32" for x in xs):
        return None
    if (
        window is not None and window.channels_first
    ) or "a_view" in root.attrs:  # no row's bias; no such form
        return None
    biased = steps[0] == Step("Add", (0, 1)) and len(xs) == len(root.names) + 1
    last = steps[1 if biased else 0 :]
    if (not biased and len(xs) > len(root.names)) or len(last) > 1:
        return None
    if last and (last[0].kernel not in ALONE or last[0].registers != (2 if biased else 0,)):
        return None
    alpha = numbers.get(f"s{len(steps) - 1}_alpha", 0.2)
    attrs = {**root.attrs, "activation": last[0].kernel if last else None, "alpha": alpha}
    return Root(FUSED[root.kernel], (*root.names, "bias")[: len(xs)], root.out, attrs)


def _root(cpu: Cpu, root: Root, xs: list[Handle]) -> Handle:
    names = root.names
    if root.prologue is not None:
        before = root.prologue
        xs, names = [_rows(cpu, xs, before.steps, before.numbers, before.spec)], ("x",)
    named = dict(zip(names, xs, strict=True))
    result: Handle = find_kernel(root.kernel, "cpu")(cpu, **named, out=root.out, **root.attrs)
    return result


def _rows(
    cpu: Cpu, xs: list[Handle], steps: Sequence[Step], numbers: Mapping[str, float], out: Spec
) -> Handle:
    dtypes = dtypes_of([x.dtype for x in xs], steps)
    result = np.empty(out.shape, NUMPY[out.dtype])
    for target, *blocks in _blocks(out.shape, [result, *[cpu.array(x) for x in xs]]):
        target[...] = _run(cpu, blocks, steps, dtypes, numbers)
    return cpu.handle(result, out)


def _run(
    cpu: Cpu, given: list[Array], steps: Sequence[Step], dtypes: list[DType], numbers: Mapping[str, float]
) -> Array:
    """All steps on one block; each result is rounded as if it were stored."""
    registers = given
    for number, step in enumerate(steps):
        arrays = [registers[i] for i in step.registers]
        source = tuple([dtypes[i] for i in step.registers])
        if step.dtype is not None:
            registers.append(cut_to(arrays[0], step.dtype).astype(NUMPY[step.dtype], copy=False))
            continue
        row = ROWS[step.kernel]
        attrs = {name: numbers[f"s{number}_{name}"] for name in row.attrs}
        y = row.numpy(*converted(cpu, row, arrays, source), **attrs)
        stored = NUMPY[dtypes[len(registers)]]
        registers.append(cpu.widened(np.asarray(y).astype(stored, copy=False), dtypes[len(registers)]))
    return registers[-1]


def _blocks(shape: Shape, arrays: list[Array]) -> Iterator[list[Array]]:
    """Parts of arrays that broadcast to `shape`, which the first one has; in all no more than need be."""
    if all(array.shape == shape or array.size == 1 for array in arrays):
        shape = (math.prod(shape),)
        arrays = [array.reshape(shape if array.size == shape[0] else (1,)) for array in arrays]
    if not math.prod(shape):
        return
    step = max(BLOCK * shape[0] // math.prod(shape), 1)
    whole = [array.ndim < len(shape) or array.shape[0] == 1 for array in arrays]
    for start in range(0, shape[0], step):
        stop = start + step
        yield [one if all_ else one[start:stop] for one, all_ in zip(arrays, whole, strict=True)]
