"""Contracts of Slice and StridedSlice: a regular part of a tensor."""

from collections.abc import Sequence

from glbackend.base.errors import ShapeError
from glbackend.base.shapes import Spec
from glbackend.base.slicing import slice_window, strided_cut
from glbackend.contracts.contract import Checked, contract


@contract("Slice")
def slice(x: Spec, *, begin: int | Sequence[int], size: int | Sequence[int] | None = None) -> Checked:
    """`begin` and `size` may name the first axes only; a size of -1 reaches to the end."""
    if x.rank == 0:
        raise ShapeError("slice: a tensor of rank 0 cannot be sliced")
    starts, sizes = slice_window(x.shape, begin, size, "slice")
    return Checked(Spec(sizes, x.dtype), {"begin": starts})


@contract("StridedSlice")
def strided_slice(
    x: Spec,
    *,
    begin: Sequence[int],
    end: Sequence[int],
    strides: Sequence[int] | None = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
) -> Checked:
    """`size` is the number of elements along each axis of x; the result may have more or fewer axes."""
    cut = strided_cut(
        x.shape,
        begin,
        end,
        (1,) * len(begin) if strides is None else strides,
        begin_mask,
        end_mask,
        ellipsis_mask,
        new_axis_mask,
        shrink_axis_mask,
    )
    return Checked(Spec(cut.shape, x.dtype), {"begin": cut.begin, "strides": cut.strides, "size": cut.size})
