"""Contracts of the elementwise rows, one by default for each; and of Cast and AddN, which are no rows."""

from typing import Any

from glbackend.base.dtypes import check_dtype
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec, broadcast_shapes
from glbackend.contracts.contract import Checked, contract
from glbackend.table import ROWS
from glbackend.table.row import Row


def _declare(row: Row) -> None:
    @contract(row.kernel)
    def elementwise(*inputs: Spec, **named: Any) -> Checked:
        specs = tuple(named.pop(name) for name in row.inputs[len(inputs) :] if name in named)
        specs = (*inputs, *specs)
        if len(specs) != len(row.inputs):
            raise ArgumentError(f"{row.kernel}: needs the inputs {', '.join(row.inputs)}")
        unknown = set(named) - set(row.attrs)
        if unknown:
            raise ArgumentError(f"{row.kernel}: unknown input or attr {', '.join(sorted(unknown))}")
        computed = row.compute_dtype(tuple(spec.dtype for spec in specs))
        shape = specs[0].shape
        for spec in specs[1:]:
            shape = broadcast_shapes(shape, spec.shape, row.op)
        attrs = {name: float(named.get(name, default)) for name, default in row.attrs.items()}
        return Checked(Spec(shape, row.result_dtype(computed)), attrs)


for _row in ROWS.values():
    _declare(_row)


@contract("Cast")
def cast(x: Spec, *, dtype: str) -> Checked:
    """Any dtype but string to any dtype but string."""
    target = check_dtype(dtype)
    if (x.dtype == "string") != (target == "string"):
        raise DtypeError(f"cast: cannot cast {x.dtype} to {target}")
    return Checked(Spec(x.shape, target), {"dtype": target})


@contract("AddN")
def add_n(xs: list[Spec]) -> Checked:
    """Tensors of one shape and dtype."""
    if not xs:
        raise ArgumentError("addN: needs at least one tensor")
    for i, x in enumerate(xs):
        if x.shape != xs[0].shape:
            raise ShapeError(f"addN: tensor {i} has shape {list(x.shape)}, tensor 0 {list(xs[0].shape)}: must be equal")
        if x.dtype != xs[0].dtype:
            raise DtypeError(f"addN: tensor {i} is {x.dtype}, tensor 0 {xs[0].dtype}: must be equal")
    return Checked(xs[0])
