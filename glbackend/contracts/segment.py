"""Contracts of kernels that sum slices by the id they carry: UnsortedSegmentSum."""

import math

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract
from glbackend.contracts.index import need_int32


@contract("UnsortedSegmentSum")
def unsorted_segment_sum(x: Spec, segment_ids: Spec, *, num_segments: int) -> Checked:
    """The shape of the ids must be how the shape of x begins; ids outside [0, num_segments) are dropped."""
    need_int32(segment_ids, "unsortedSegmentSum", "segment_ids")
    if x.dtype not in ("float32", "int32"):
        raise DtypeError(f"unsortedSegmentSum: x must be float32 or int32, got {x.dtype}")
    if int(num_segments) != num_segments or num_segments < 0:
        raise ArgumentError(f"unsortedSegmentSum: num_segments must be a whole number, got {num_segments}")
    rank = segment_ids.rank
    if rank < 1 or x.shape[:rank] != segment_ids.shape:
        raise ShapeError(
            f"unsortedSegmentSum: the shape of segment_ids {list(segment_ids.shape)} must be how x's begins, "
            f"{list(x.shape)}"
        )
    attrs = {"count": math.prod(segment_ids.shape)}
    return Checked(Spec((int(num_segments), *x.shape[rank:]), x.dtype), attrs)
