"""Contracts of kernels whose values decide the shape of the result: Unique, Where."""

from glbackend.base.errors import DtypeError, ShapeError
from glbackend.base.shapes import Spec, normalize_axis
from glbackend.contracts.contract import UNKNOWN, Checked, contract


@contract("Unique")
def unique(x: Spec, *, axis: int = 0) -> Checked:
    """The different slices along the axis, and for each slice the number of its equal among them."""
    if x.rank == 0:
        raise ShapeError("unique: the input tensor must be at least 1D")
    if x.dtype == "complex64":
        raise DtypeError("unique: x must not be complex64")
    axis = normalize_axis(axis, x.rank, "unique")
    shape = (*x.shape[:axis], UNKNOWN, *x.shape[axis + 1 :])
    return Checked((Spec(shape, x.dtype), Spec((x.shape[axis],), "int32")), {"axis": axis})


@contract("Where")
def where(condition: Spec) -> Checked:
    """A row of coordinates for each true element."""
    if condition.dtype != "bool":
        raise DtypeError(f"where: condition must be bool, got {condition.dtype}: use condition.cast('bool')")
    return Checked(Spec((UNKNOWN, condition.rank), "int32"))
