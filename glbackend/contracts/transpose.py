"""Contracts of Transpose and Reverse: the elements of a tensor in another order."""

from collections.abc import Sequence

from glbackend.base.errors import ShapeError
from glbackend.base.shapes import Spec, normalize_axes, normalize_axis
from glbackend.contracts.contract import Checked, contract


@contract("Transpose")
def transpose(x: Spec, *, perm: Sequence[int] | None = None) -> Checked:
    """`perm` names each axis once; absent: the axes in reverse order."""
    axes = tuple(reversed(range(x.rank))) if perm is None else tuple(int(axis) for axis in perm)
    axes = tuple(normalize_axis(axis, x.rank, "transpose", "perm") for axis in axes)
    if sorted(axes) != list(range(x.rank)):
        raise ShapeError(
            f"transpose: perm {list(axes)} must name each of the {x.rank} axes of {list(x.shape)} once"
        )
    return Checked(Spec(tuple(x.shape[axis] for axis in axes), x.dtype), {"perm": axes})


@contract("Reverse")
def reverse(x: Spec, *, dims: int | Sequence[int] | None = None) -> Checked:
    """`dims` are axes; absent: all."""
    return Checked(x, {"dims": normalize_axes(dims, x.rank, "reverse")})
