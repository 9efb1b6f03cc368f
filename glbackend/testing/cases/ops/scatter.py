"""Cases of kernels that write by number: slices, elements, equal tuples, sorted search, each dtype."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.ops.scatter import sparse_to_dense, tensor_scatter_update
from glbackend.testing.case import case
from glbackend.testing.sample import bools, integers, normal


def _into(*shape: int) -> Callable[..., Any]:
    return lambda i, v, d: sparse_to_dense(i, v, shape, d)


WIDE = (-(2**31), 2**31 - 1)
ONE = np.array(0.5, np.float32)
CASES = [
    *[
        case(
            "TensorScatterUpdate",
            f"rows-c{c}",
            tensor_scatter_update,
            normal(5, c),
            integers(0, 5, 3, 1),
            normal(3, c),
            grad=(0, 2),
        )
        for c in (1, 2, 3, 4, 7)
    ],
    *[
        case("TensorScatterUpdate", name, tensor_scatter_update, x, i, u, grad=(0, 2))
        for name, x, i, u in (
            ("elements", normal(3, 5), integers(0, 3, 7, 2), normal(7)),
            ("vector", normal(9), integers(0, 9, 5, 1), normal(5)),
            ("flat-indices", normal(9), integers(0, 9, 5), normal(5)),
            ("deep", normal(3, 2, 4, 5), integers(0, 2, 2, 3, 2), normal(2, 3, 4, 5)),
            ("rank5", normal(2, 2, 3, 2, 3), integers(0, 2, 4, 5), normal(4)),
            ("empty-updates", normal(3, 4), integers(0, 2, 0, 1), normal(0, 4)),
        )
    ],
    case("TensorScatterUpdate", "int", tensor_scatter_update, integers(*WIDE, 4, 3), integers(0, 4, 6, 1),
         integers(*WIDE, 6, 3)),
    case("TensorScatterUpdate", "bool", tensor_scatter_update, bools(11), integers(0, 11, 4, 1), bools(4)),
    case("TensorScatterUpdate", "nan", tensor_scatter_update, np.array([np.nan, 1, np.inf], "f4"),
         np.array([[0], [1]], "i4"), np.array([1, np.nan], "f4")),
    case("TensorScatterUpdate", "sorted", tensor_scatter_update, normal(20000), integers(0, 20000, 5000, 1),
         normal(5000)),
    case("TensorScatterUpdate", "sorted-rows", tensor_scatter_update, normal(9000, 3),
         integers(0, 900, 9000, 1), normal(9000, 3)),
    case("TensorScatterUpdate", "empty", tensor_scatter_update, normal(3, 0), integers(0, 3, 2, 1),
         normal(2, 0)),
    case("SparseToDense", "matrix", _into(4, 5), integers(0, 4, 6, 2), normal(6), ONE, grad=(1, 2)),
    case("SparseToDense", "vector", _into(7), integers(0, 7, 5), normal(5), ONE, grad=(1, 2)),
    case("SparseToDense", "column", _into(6), integers(0, 6, 3, 1), normal(3), ONE, grad=(1, 2)),
    case("SparseToDense", "one-value", _into(3, 3), integers(0, 3, 4, 2), np.array(2, "f4"), ONE,
         grad=(1, 2)),
    case("SparseToDense", "scalar-index", _into(4), np.array(2, "i4"), np.array(3, "f4"), ONE, grad=(1, 2)),
    case("SparseToDense", "rank4", _into(2, 3, 2, 3), integers(0, 2, 5, 4), normal(5), ONE, grad=(1, 2)),
    case("SparseToDense", "int", _into(3, 5), integers(0, 3, 6, 2), integers(*WIDE, 6), np.array(-7, "i4")),
    case("SparseToDense", "bool", _into(3, 5), integers(0, 3, 6, 2), bools(6), np.array(True)),
    case("SparseToDense", "sorted", _into(200, 101), integers(0, 101, 4000, 2), normal(4000), ONE),
    case("SparseToDense", "nothing", _into(3, 5), integers(0, 3, 0, 2), normal(0), ONE, grad=(1, 2)),
    case("SparseToDense", "empty", _into(3, 0), integers(0, 3, 0, 2), normal(0), ONE),
]  # fmt: skip
