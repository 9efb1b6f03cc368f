"""Contracts of the elementwise rows, one by default for each; and of Cast and AddN, which are no rows."""

from typing import Any

from glbackend.base.dtypes import check_dtype
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Shape, Spec, broadcast_shapes
from glbackend.contracts.contract import Checked, contract
from glbackend.table import ROWS
from glbackend.table.row import Row


def _checked(row: Row, specs: tuple[Spec, ...], attrs: dict[str, Any]) -> Checked:
    computed = row.compute_dtype(tuple(spec.dtype for spec in specs))
    shape = specs[0].shape
    for spec in specs[1:]:
        shape = broadcast_shapes(shape, spec.shape, row.op)
    return Checked(Spec(shape, row.result_dtype(computed)), row.normal_attrs(attrs, computed))


def declare_row(row: Row) -> None:
    """The contract of a row: its inputs broadcast, and their dtypes meet in the one that it computes in."""

    @contract(row.kernel)
    def elementwise(**named: Any) -> Checked:
        missing = [name for name in row.inputs if name not in named]
        if missing:
            raise ArgumentError(f"{row.kernel}: needs the input {', '.join(missing)}")
        specs = tuple(named.pop(name) for name in row.inputs)
        unknown = set(named) - set(row.attrs)
        if unknown:
            raise ArgumentError(f"{row.kernel}: unknown input or attr {', '.join(sorted(unknown))}")
        return _checked(row, specs, named)


for _row in ROWS.values():
    if _row.kernel != "Select":
        declare_row(_row)


@contract("Select")
def select(condition: Spec, t: Spec, e: Spec) -> Checked:
    """Broadcasts, but a condition of rank 1 beside tensors of higher rank chooses whole rows, as in TF.js.

    `condition_shape` is the shape in which the condition broadcasts.
    """
    seen: Shape = condition.shape
    rank = max(t.rank, e.rank)
    if condition.rank == 1 and rank > 1:
        seen = (*condition.shape, *(1,) * (rank - 1))
    checked = _checked(ROWS["Select"], (condition._replace(shape=seen), t, e), {})
    return Checked(checked.out, {"condition_shape": seen})


@contract("Cast")
def cast(x: Spec, *, dtype: str) -> Checked:
    """Any dtype but string to any dtype but string."""
    target = check_dtype(dtype)
    if (x.dtype == "string") != (target == "string"):
        raise DtypeError(f"cast: cannot cast {x.dtype} to {target}: only strings are cast to strings")
    return Checked(Spec(x.shape, target), {"dtype": target})


@contract("AddN")
def add_n(xs: list[Spec]) -> Checked:
    """Tensors of one shape and dtype."""
    if not xs:
        raise ArgumentError("add_n: needs at least one tensor")
    for i, x in enumerate(xs):
        if x.shape != xs[0].shape:
            raise ShapeError(
                f"add_n: tensor {i} has shape {list(x.shape)}, tensor 0 {list(xs[0].shape)}: must be equal"
            )
        if x.dtype != xs[0].dtype:
            raise DtypeError(f"add_n: tensor {i} is {x.dtype}, tensor 0 {xs[0].dtype}: must be equal")
    if xs[0].dtype in ("bool", "string"):
        raise DtypeError(
            f"add_n: tensors must be float32, int32 or complex64, got {xs[0].dtype}: cast them first"
        )
    return Checked(xs[0])
