"""Contracts of AllReduce and its like, which add tensors up over all processes that train together."""

from glbackend.base.errors import ArgumentError, DtypeError
from glbackend.base.late import Late
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract


@contract("AllReduce", late=("number",))
def all_reduce(x: Spec, *, number: int | Late) -> Checked:
    """A float32 tensor; `number` is no number of its own, and keeps it from being computed once for all."""
    if x.dtype != "float32":
        raise DtypeError(f"all_reduce: x is {x.dtype}: must be float32")
    return Checked(x, {"number": number})


@contract("AllReduceMoments", late=("number",))
def all_reduce_moments(mean: Spec, variance: Spec, *, rows: int, number: int | Late) -> Checked:
    """Moments of `rows` numbers a channel become those of all processes; at last how many rows these have."""
    if mean.dtype != "float32" or mean.rank != 1 or variance != mean:
        raise ArgumentError(
            f"all_reduce_moments: needs two float32 vectors of equal length, got {mean} and {variance}"
        )
    return Checked((mean, mean, Spec(())), {"rows": rows, "number": number})


@contract("AllReduceStart", late=("number",))
def all_reduce_start(xs: list[Spec], *, number: int | Late) -> Checked:
    """float32 tensors of any shapes, which become one of rank 1; `number` counts the sums of a step."""
    if not xs:
        raise ArgumentError("all_reduce_start: needs at least one tensor")
    for i, x in enumerate(xs):
        if x.dtype != "float32":
            raise DtypeError(f"all_reduce_start: tensor {i} is {x.dtype}: must be float32")
    return Checked(Spec((sum(x.size for x in xs),)), {"number": number})
