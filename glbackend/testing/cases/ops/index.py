"""Cases of kernels that read and write by number."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.ops.index import gather, gather_nd, one_hot, scatter_nd
from glbackend.testing.case import case
from glbackend.testing.sample import bools, complex_normal, integers, normal


def _into(*shape: int) -> Callable[..., Any]:
    return lambda i, u: scatter_nd(i, u, shape)


def _along(axis: int, batch_dims: int = 0) -> Callable[..., Any]:
    return lambda x, i: gather(x, i, axis, batch_dims)


CASES = [
    *[
        case("OneHot", f"depth{d}", lambda i, d=d: one_hot(i, d), integers(-1, 7, 3, 3))
        for d in (1, 2, 3, 4, 9)
    ],
    case("OneHot", "float", lambda i: one_hot(i, 5, 2.5, -0.5, "float32"), integers(0, 5, 7)),
    case("OneHot", "bool", lambda i: one_hot(i, 3, dtype="bool"), integers(0, 3, 2, 1, 2)),
    case("OneHot", "scalar", lambda i: one_hot(i, 6), np.array(4, np.int32)),
    case("OneHot", "empty", lambda i: one_hot(i, 6), integers(0, 3, 0)),
    *[
        case("GatherV2", f"rows-c{c}", _along(0), normal(5, c), integers(0, 5, 7), grad=(0,))
        for c in (1, 2, 3, 4, 6)
    ],
    *[
        case("GatherV2", f"axis{axis}", _along(axis), normal(3, 4, 2, 5), integers(0, 2, 3, 2), grad=(0,))
        for axis in (0, 1, 2, -1)
    ],
    case("GatherV2", "vector", _along(0), normal(9), integers(0, 9, 2, 3), grad=(0,)),
    case("GatherV2", "scalar-index", _along(0), normal(3, 5), np.array(1, np.int32), grad=(0,)),
    case("GatherV2", "scalar-index-last", _along(1), normal(3, 5), np.array(4, np.int32), grad=(0,)),
    case("GatherV2", "scalar-all", _along(0), normal(3), np.array(2, np.int32), grad=(0,)),
    case("GatherV2", "batch", _along(1, 1), normal(2, 4, 3), integers(0, 4, 2, 3), grad=(0,)),
    case("GatherV2", "batch-later", _along(2, 1), normal(2, 3, 4, 5), integers(0, 4, 2, 2, 2), grad=(0,)),
    case("GatherV2", "batch-last", _along(-1, -1), normal(2, 3, 5), integers(0, 5, 2, 3), grad=(0,)),
    case("GatherV2", "batch-two", _along(2, 2), normal(2, 3, 5), integers(0, 5, 2, 3, 4), grad=(0,)),
    case("GatherV2", "rank6", _along(3), normal(1, 2, 1, 3, 2, 3), integers(0, 3, 2), grad=(0,)),
    case("GatherV2", "int", _along(0), integers(-(2**31), 2**31 - 1, 5, 3), integers(0, 5, 4)),
    case("GatherV2", "int-last", _along(1), integers(-(2**31), 2**31 - 1, 5, 3), integers(0, 3, 4)),
    case("GatherV2", "complex64", _along(1), complex_normal(3, 7), integers(0, 7, 5)),
    case("GatherV2", "complex64-rows", _along(0), complex_normal(3, 7), integers(0, 3, 5)),
    case("GatherNd", "complex64", gather_nd, complex_normal(3, 4, 5), integers(0, 3, 6, 2)),
    case("GatherV2", "bool", _along(1), bools(3, 7), integers(0, 7, 5)),
    case("GatherV2", "nan", _along(0), np.array([[np.nan, 1], [2, np.inf]], np.float32), integers(0, 2, 3)),
    case("GatherV2", "empty", _along(0), normal(3, 2), integers(0, 3, 0), grad=(0,)),
    case("GatherNd", "elements", gather_nd, normal(3, 4, 5), integers(0, 3, 7, 3), grad=(0,)),
    case("GatherNd", "rows", gather_nd, normal(3, 4, 5), integers(0, 3, 2, 3, 2), grad=(0,)),
    case("GatherNd", "planes", gather_nd, normal(3, 2, 4), integers(0, 3, 3, 1), grad=(0,)),
    case("GatherNd", "rank6", gather_nd, normal(2, 3, 2, 2, 2, 3), integers(0, 2, 5, 6), grad=(0,)),
    case("GatherNd", "one", gather_nd, normal(3, 5), integers(0, 3, 2), grad=(0,)),
    case("GatherNd", "int", gather_nd, integers(-(2**31), 2**31 - 1, 4, 3), integers(0, 3, 5, 2)),
    case("GatherNd", "empty", gather_nd, normal(3, 5), integers(0, 3, 0, 1)),
    *[
        case("ScatterNd", f"rows-c{c}", _into(4, c), integers(0, 4, 6, 1), normal(6, c), grad=(1,))
        for c in (1, 3, 4)
    ],
    case("ScatterNd", "elements", _into(3, 5), integers(0, 3, 9, 2), normal(9), grad=(1,)),
    case("ScatterNd", "inner", _into(3, 2, 2, 5), integers(0, 2, 2, 3, 2), normal(2, 3, 2, 5), grad=(1,)),
    case("ScatterNd", "vector", _into(7), integers(0, 7, 9, 1), normal(9), grad=(1,)),
    case("ScatterNd", "int", _into(3, 3), integers(0, 3, 9, 2), integers(-(2**31), 2**31 - 1, 9)),
    case("ScatterNd", "nothing", _into(3, 5), integers(0, 3, 0, 1), normal(0, 5)),
]
