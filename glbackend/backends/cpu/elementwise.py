"""Elementwise kernels: one per row of the table, and Cast, AddN."""

from functools import reduce
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.dtypes import NUMPY, DType
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table import ROWS
from glbackend.table.row import Row


def _declare(row: Row) -> None:
    @kernel(row.kernel, "cpu")
    def elementwise(cpu: Cpu, *, out: Spec, **named: Any) -> Handle:
        handles = [named[name] for name in row.inputs]
        arrays = row.convert(tuple(cpu.array(x) for x in handles), tuple(x.dtype for x in handles))
        attrs = {name: named[name] for name in row.attrs}
        result = np.broadcast_to(row.numpy(*arrays, **attrs), out.shape)
        return cpu.handle(result, out)


for _row in ROWS.values():
    _declare(_row)


@kernel("Cast", "cpu")
def cast(cpu: Cpu, x: Handle, *, out: Spec, dtype: DType) -> Handle:
    """Floats are cut towards zero, NaN becomes 0; any number but 0 is True; complex loses its imaginary part."""
    array = cpu.array(x)
    if dtype == x.dtype or (x.dtype == "bool" and dtype == "int32" and x.storage.dtype == "bool"):
        return x.view(out.shape, dtype)
    if x.dtype == "complex64" and dtype != "bool":
        array = array.real
    if dtype == "int32" and array.dtype.kind == "f":
        wide = np.nan_to_num(array.astype(np.float64), nan=0.0)
        array = np.clip(np.trunc(wide), -(2**31), 2**31 - 1)
    if dtype == "bool":
        array = array != 0
    return cpu.handle(array.astype(NUMPY[dtype]), out)


@kernel("AddN", "cpu")
def add_n(cpu: Cpu, xs: list[Handle], *, out: Spec) -> Handle:
    """Sum of tensors, from the first to the last."""
    return cpu.handle(reduce(np.add, (cpu.array(x) for x in xs)).astype(NUMPY[out.dtype]), out)
