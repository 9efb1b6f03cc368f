"""Contracts of ArgMax and ArgMin: one axis, as TF.js sends it (an int, a list of one, negative, absent)."""

from collections.abc import Sequence

from glbackend.base.errors import DtypeError, ShapeError
from glbackend.base.shapes import Spec, normalize_axis, reduced_shape
from glbackend.contracts.contract import Checked, contract

NUMERIC = ("float32", "int32", "bool")


def _index(op: str, x: Spec, axis: int | Sequence[int]) -> Checked:
    if x.dtype not in NUMERIC:
        raise DtypeError(
            f"{op}: argument 'x' is {x.dtype}, but must be {' or '.join(NUMERIC)}: cast it first"
        )
    axes = list(axis) if isinstance(axis, Sequence) else [axis]
    if len(axes) != 1:
        raise ShapeError(f"{op}: axis {axes} must be a single axis")
    if x.rank == 0:
        normalize_axis(axes[0], 1, op)
        return Checked(Spec((), "int32"), {"axis": 0})
    one = normalize_axis(axes[0], x.rank, op)
    out = reduced_shape(x.shape, (one,), False)
    if x.shape[one] == 0 and Spec(out).size:
        raise ShapeError(f"{op}: axis {one} of shape {list(x.shape)} is empty and has no element to choose")
    return Checked(Spec(out, "int32"), {"axis": one})


@contract("ArgMax")
def argmax(x: Spec, *, axis: int | Sequence[int] = 0) -> Checked:
    """Positions along one axis."""
    return _index("argmax", x, axis)


@contract("ArgMin")
def argmin(x: Spec, *, axis: int | Sequence[int] = 0) -> Checked:
    """Positions along one axis."""
    return _index("argmin", x, axis)
