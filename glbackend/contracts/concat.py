"""Contracts of Concat and Pack, which join tensors, and of SplitV and Unpack, which take them apart."""

from collections.abc import Sequence

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec, normalize_axis
from glbackend.base.slicing import split_sizes
from glbackend.contracts.contract import Checked, contract

MOST_PARTS = 1 << 20


def _check_joined(xs: Sequence[Spec], op: str) -> None:
    if not xs:
        raise ArgumentError(f"{op}: needs at least one tensor")
    for i, x in enumerate(xs):
        if x.dtype != xs[0].dtype:
            raise DtypeError(f"{op}: tensor {i} is {x.dtype}, tensor 0 {xs[0].dtype}: must be equal")


@contract("Concat")
def concat(xs: list[Spec], *, axis: int = 0) -> Checked:
    """Tensors of one dtype and rank, of one shape but for `axis`."""
    _check_joined(xs, "concat")
    first = xs[0].shape
    axis = normalize_axis(axis, len(first), "concat")
    for i, x in enumerate(xs):
        if (*x.shape[:axis], *x.shape[axis + 1 :]) != (*first[:axis], *first[axis + 1 :]) or x.rank != len(
            first
        ):
            raise ShapeError(
                f"concat: tensor {i} has shape {list(x.shape)}, tensor 0 {list(first)}: must be equal "
                f"but for axis {axis}"
            )
    total = sum(x.shape[axis] for x in xs)
    return Checked(Spec((*first[:axis], total, *first[axis + 1 :]), xs[0].dtype), {"axis": axis})


@contract("Pack")
def pack(xs: list[Spec], *, axis: int = 0) -> Checked:
    """Tensors of one dtype and shape; `axis` is that of the result."""
    _check_joined(xs, "stack")
    shape = xs[0].shape
    axis = normalize_axis(axis, len(shape) + 1, "stack")
    for i, x in enumerate(xs):
        if x.shape != shape:
            raise ShapeError(
                f"stack: tensor {i} has shape {list(x.shape)}, tensor 0 {list(shape)}: must be equal"
            )
    return Checked(Spec((*shape[:axis], len(xs), *shape[axis:]), xs[0].dtype), {"axis": axis})


@contract("SplitV")
def split_v(x: Spec, *, num_or_size_splits: int | Sequence[int], axis: int = 0) -> Checked:
    """Equal parts of a number that divides the axis, or parts of given sizes, one of which may be -1."""
    axis = normalize_axis(axis, x.rank, "split")
    if x.rank == 0:
        raise ShapeError("split: a tensor of rank 0 cannot be split")
    sizes = split_sizes(x.shape[axis], num_or_size_splits)
    outs = tuple(Spec((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype) for size in sizes)
    return Checked(outs, {"axis": axis})


@contract("Unpack")
def unpack(value: Spec, *, axis: int = 0) -> Checked:
    """A tensor of rank 1 at least; one output for each element of `axis`."""
    if value.rank == 0:
        raise ShapeError("unstack: a tensor of rank 0 cannot be taken apart")
    axis = normalize_axis(axis, value.rank, "unstack")
    if value.shape[axis] > MOST_PARTS:
        raise ShapeError(f"unstack: gives {value.shape[axis]:,} tensors, at most {MOST_PARTS:,} are possible")
    out = Spec((*value.shape[:axis], *value.shape[axis + 1 :]), value.dtype)
    return Checked((out,) * value.shape[axis], {"axis": axis})
