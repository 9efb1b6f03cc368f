"""Contracts of Transpose, Reverse, FlipLeftRight and Tile: elements in other places, or repeated."""

from collections.abc import Sequence

from glbackend.base.errors import DtypeError, ShapeError
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


@contract("FlipLeftRight")
def flip_left_right(image: Spec) -> Checked:
    """Images of rank 4, any numbers."""
    if image.rank != 4:
        raise ShapeError(f"flip_left_right: image must be of rank 4, got shape {list(image.shape)}")
    if image.dtype not in ("float32", "int32", "bool"):
        raise DtypeError(f"flip_left_right: image is {image.dtype}, but must be float32, int32 or bool")
    return Checked(image)


@contract("Tile")
def tile(x: Spec, *, reps: Sequence[int]) -> Checked:
    """A number of at least 0 for each axis."""
    counts = tuple(int(count) for count in reps)
    if len(counts) != x.rank or any(count < 0 for count in counts):
        raise ShapeError(
            f"tile: reps {list(reps)} must be a number of at least 0 for each axis of {list(x.shape)}"
        )
    shape = tuple(dim * count for dim, count in zip(x.shape, counts, strict=True))
    return Checked(Spec(shape, x.dtype), {"reps": counts})
