"""Cases of kernels that sum slices by the id they carry."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.ops.segment import unsorted_segment_sum
from glbackend.testing.case import case
from glbackend.testing.sample import integers, normal


def _into(segments: int) -> Callable[..., Any]:
    return lambda x, ids: unsorted_segment_sum(x, ids, segments)


CASES = [
    *[
        case("UnsortedSegmentSum", f"c{c}", _into(4), normal(7, c), integers(-1, 5, 7), grad=(0,))
        for c in (1, 2, 3, 4, 6)
    ],
    case("UnsortedSegmentSum", "scalars", _into(6), normal(11), integers(-1, 7, 11), grad=(0,)),
    case("UnsortedSegmentSum", "inner", _into(3), normal(5, 2, 3), integers(0, 3, 5), grad=(0,)),
    case("UnsortedSegmentSum", "matrix-ids", _into(3), normal(2, 3, 5), integers(0, 3, 2, 3), grad=(0,)),
    case("UnsortedSegmentSum", "all-ids", _into(3), normal(2, 3), integers(0, 3, 2, 3), grad=(0,)),
    case("UnsortedSegmentSum", "one", _into(1), normal(1, 1), integers(0, 1, 1), grad=(0,)),
    case("UnsortedSegmentSum", "int", _into(3), integers(-(2**31), 2**31 - 1, 8, 3), integers(0, 3, 8)),
    case("UnsortedSegmentSum", "int-scalars", _into(3), integers(-(2**31), 2**31 - 1, 8), integers(0, 3, 8)),
    case("UnsortedSegmentSum", "linked", _into(300), normal(499, 6), integers(-1, 301, 499)),
    case("UnsortedSegmentSum", "linked-int", _into(300), integers(-9, 9, 500, 5), integers(0, 300, 500)),
    case("UnsortedSegmentSum", "linked-one-id", _into(300), normal(2100, 3), np.full(2100, 7, np.int32)),
    case(
        "UnsortedSegmentSum",
        "nan",
        _into(2),
        np.array([np.nan, 1, np.inf, 2], np.float32),
        np.array([0, 1, -1, 1], np.int32),
    ),
    case("UnsortedSegmentSum", "nothing", _into(3), normal(0, 5), integers(0, 3, 0)),
    case("UnsortedSegmentSum", "empty", _into(0), normal(3, 5), integers(0, 3, 3)),
]
