"""Elementwise kernels: one per row of the table, and Cast, AddN."""

from functools import reduce
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.rows import side_by_side
from glbackend.base.dtypes import DType
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table import ROWS
from glbackend.table.functions import cut
from glbackend.table.row import Row

MANY = 1 << 16  # numbers from which on repeating a row pays


def _apply(cpu: Cpu, row: Row, out: Spec, handles: list[Handle], attrs: dict[str, float]) -> Handle:
    arrays, as_it_is = [], not cpu.exact
    for x in handles:
        arrays.append(cpu.array(x))
        as_it_is = as_it_is and x.spec.dtype == "float32"
    if not as_it_is:
        arrays = converted(cpu, row, arrays, tuple([x.spec.dtype for x in handles]))
    if len(arrays) == 2 and arrays[0].shape != arrays[1].shape and not row.fixed and out.size >= MANY:
        arrays = side_by_side(arrays, out.shape)
        return cpu.handle(row.numpy(*arrays, **attrs).reshape(out.shape), out)
    y = row.numpy(*arrays, **attrs)
    return cpu.handle(y if y.shape == out.shape else np.broadcast_to(y, out.shape), out)


def converted(cpu: Cpu, row: Row, arrays: list[Any], dtypes: tuple[DType, ...]) -> list[Any]:
    """Arrays of these dtypes as a row computes with them."""
    if cpu.exact or dtypes.count("float32") != len(dtypes):  # a row adds nothing up: exact in its dtype
        return row.convert(tuple(arrays), dtypes)
    return arrays


def cut_to(array: Any, dtype: DType) -> Any:
    """Numbers as a cast to `dtype` sees them: floats are cut, what is not 0 is True."""
    if dtype == "int32" and array.dtype.kind == "f":
        return cut(array)
    return array != 0 if dtype == "bool" else array


def declare_row(row: Row) -> None:
    """The kernel of a row: its NumPy function."""

    @kernel(row.kernel, "cpu")
    def elementwise(cpu: Cpu, *, out: Spec, **named: Any) -> Handle:
        attrs = {name: named[name] for name in row.attrs} if row.attrs else {}
        return _apply(cpu, row, out, [named[name] for name in row.inputs], attrs)


for _row in ROWS.values():
    if _row.kernel != "Select":
        declare_row(_row)


@kernel("Select", "cpu")
def select(cpu: Cpu, condition: Handle, t: Handle, e: Handle, *, out: Spec, condition_shape: Shape) -> Handle:
    """The row, with the condition seen in the shape in which it broadcasts."""
    return _apply(cpu, ROWS["Select"], out, [condition.view(condition_shape), t, e], {})


@kernel("Cast", "cpu")
def cast(cpu: Cpu, x: Handle, *, out: Spec, dtype: DType) -> Handle:
    """Cuts floats towards zero, NaN becomes 0; any number but 0 is True; of complex the real part."""
    array = cpu.array(x)
    if dtype == x.dtype or (x.dtype == "bool" and dtype == "int32" and x.storage.dtype == "bool"):
        return x.view(out.shape, dtype)
    if x.dtype == "complex64":
        array = array.real
    return cpu.handle(cut_to(array, dtype), out)


@kernel("AddN", "cpu")
def add_n(cpu: Cpu, xs: list[Handle], *, out: Spec) -> Handle:
    """Sum of tensors, from the first to the last."""
    return cpu.handle(reduce(np.add, (cpu.array(x) for x in xs)), out)
