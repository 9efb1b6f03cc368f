"""Cases of kernels whose values decide the shape of the result."""

import numpy as np

from glbackend.ops.unique import argwhere, boolean_mask, setdiff1d, unique
from glbackend.testing.case import case
from glbackend.testing.sample import bools, integers, normal

NAN, INF = float("nan"), float("inf")

CASES = [
    case("Unique", "int", unique, integers(0, 5, 12)),
    case("Unique", "float", unique, np.array([0, -0.0, NAN, 1, INF, NAN, -INF, 1, INF], np.float32)),
    case("Unique", "bool", unique, bools(5)),
    *[
        case("Unique", f"axis{a}", lambda x, a=a: unique(x, a), integers(0, 2, 4, 2, 3))
        for a in (0, 1, 2, -2)
    ],
    case("Unique", "empty", unique, normal(0, 3)),
    case("Unique", "empty-rows", unique, normal(3, 0)),
    case("Where", "matrix", argwhere, bools(3, 5)),
    case("Where", "scalar", argwhere, np.array(True)),
    case("Where", "none", argwhere, np.zeros((2, 3, 2), np.bool_)),
    case("Where", "empty", argwhere, bools(0, 3)),
    case("Where", "mask", boolean_mask, normal(4, 3), np.array([True, False, True, True])),
    case("Where", "mask-axis", lambda x, m: boolean_mask(x, m, 1), normal(2, 3, 2, 3), bools(3, 2)),
    case("Where", "setdiff", setdiff1d, integers(0, 9, 12), integers(0, 9, 4)),
]
