"""Cases of kernels over sparse tensors, and of sums of picked rows by segment."""

from typing import Any

import numpy as np

from glbackend.ops.sparse import (
    sparse_fill_empty_rows,
    sparse_reshape,
    sparse_segment_mean,
    sparse_segment_sum,
)
from glbackend.testing.case import Case, case
from glbackend.testing.sample import integers, normal


def _ints(*values: Any) -> np.ndarray[Any, Any]:
    return np.array(values, np.int32)


_PICKS = _ints(4, 0, 0, 3, 1, 4)
_IDS = _ints(0, 0, 2, 2, 2, 3)
_OPS = {"SparseSegmentSum": sparse_segment_sum, "SparseSegmentMean": sparse_segment_mean}


def _segments() -> list[Case]:
    found = []
    for kernel, op in _OPS.items():
        for c in (1, 3, 4, 6):
            found.append(case(kernel, f"c{c}", op, normal(5, c), _PICKS, _IDS, grad=(0,)))
        found += [
            case(kernel, "scalars", op, normal(5), _PICKS, _IDS, grad=(0,)),
            case(kernel, "inner", op, normal(5, 2, 3), _PICKS, _IDS, grad=(0,)),
            case(kernel, "int", op, integers(-99, 99, 5, 3), _PICKS, _IDS),
            case(kernel, "int-scalars", op, integers(-99, 99, 5), _PICKS, _IDS),
            case(kernel, "long", op, normal(7, 5), integers(0, 7, 300), np.sort(integers(0, 4, 300))),
            case(kernel, "empty", op, normal(5, 2), _ints(), _ints(), grad=(0,)),
        ]
    return found


CASES = [
    *_segments(),
    case(
        "SparseFillEmptyRows",
        "unordered",
        lambda i, v: sparse_fill_empty_rows(i, v, _ints(6, 4), -1.0),
        _ints([4, 1], [1, 2], [1, 0], [4, 3]),
        normal(4),
    ),
    case(
        "SparseFillEmptyRows",
        "int",
        lambda i, v: sparse_fill_empty_rows(i, v, _ints(2), _ints(7)[0]),
        _ints([1]),
        _ints(3),
    ),
    case(
        "SparseReshape",
        "inferred",
        lambda i: sparse_reshape(i, _ints(2, 3, 6), _ints(9, -1)),
        _ints([0, 0, 5], [1, 2, 3]),
    ),
    case("SparseReshape", "empty", lambda i: sparse_reshape(i, _ints(2, 3), _ints(6)), _ints().reshape(0, 2)),
]
