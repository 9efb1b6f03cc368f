"""Cases of TopK (few and many, one pass and several) and of SearchSorted."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.ops.sort import search_sorted, topk
from glbackend.testing.case import case
from glbackend.testing.sample import Array, bools, distinct, integers, normal, uniform

NAN, INF = float("nan"), float("inf")
LOWEST = -(2**31)


def _top(k: int) -> Callable[..., Any]:
    return lambda x: topk(x, k)


def _special() -> Array:
    rows = [
        [0, -0.0, NAN, INF, -INF, 1e-40, -1e-40, NAN, 3],
        [-INF] * 9,
        [NAN, NAN, 1, -1, 0, 1, -0.0, INF, 2],
        [1, 1, 2, 2, 1, 1, 2, 3, 3],
    ]
    return np.array(rows, np.float32)


def _lowest() -> Array:
    x = integers(LOWEST, LOWEST + 3, 2, 70)
    x[0, :] = LOWEST
    return x


def _bisected(side: str) -> Callable[..., Any]:
    return lambda s, v: search_sorted(s, v, side)


CASES = [
    *[case("TopK", f"k{k}", _top(k), distinct(3, 23), grad=(0,)) for k in (1, 2, 4, 5, 9, 13, 16, 17, 23)],
    case("TopK", "vector", _top(3), distinct(7), grad=(0,)),
    case("TopK", "rank4", _top(2), distinct(2, 1, 3, 5), grad=(0,)),
    case("TopK", "one", _top(1), distinct(1), grad=(0,)),
    *[case("TopK", f"special-k{k}", _top(k), _special()) for k in (3, 9)],
    *[case("TopK", f"lowest-k{k}", _top(k), _lowest()) for k in (4, 14, 40, 70)],
    case("TopK", "parts", _top(10), normal(3, 1003)),
    case("TopK", "parts-ties", _top(7), integers(0, 50, 2, 2001)),
    case("TopK", "parts-bool", _top(12), bools(1, 900)),
    case("TopK", "many", _top(50), integers(0, 9, 5, 333)),
    case("TopK", "many-all", _top(301), uniform(-4, 4, 2, 301)),
    case("TopK", "many-odd-runs", _top(2600), integers(0, 9999, 1, 2710)),
    case("TopK", "many-rows", _top(3), normal(2100, 6)),
    case("TopK", "empty-k", _top(0), normal(3, 5), grad=(0,)),
    case("TopK", "empty", _top(2), normal(0, 5)),
    *[
        case("SearchSorted", f"{side}-{name}", _bisected(side), sequence, values)
        for side in ("left", "right")
        for name, sequence, values in (
            ("rows", np.sort(integers(0, 9, 3, 13), 1), integers(-1, 10, 3, 6)),
            ("floats", np.sort(normal(37)), normal(9)),
            ("ties", np.sort(uniform(0, 4, 2, 40).round(), 1), np.tile(np.arange(6, dtype="f4"), (2, 1))),
            ("rank3", np.sort(normal(2, 2, 5), 2), normal(2, 2, 3)),
            ("nan", np.array([1, 2, NAN, 3, INF], "f4"), np.array([NAN, 0, 2.5, INF, -INF], "f4")),
            ("zeros", np.array([-1, -0.0, 0, 1e-40], "f4"), np.array([0, -0.0, 1], "f4")),
            ("nothing", normal(2, 0), normal(2, 3)),
            ("empty", np.sort(normal(4)), normal(0)),
        )
    ],
]
