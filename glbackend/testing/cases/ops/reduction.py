"""Cases of the reductions: every way axes fall together, one pass and two, padding lanes, each dtype."""

import numpy as np

from glbackend.ops import reduction as r
from glbackend.testing.case import Case, case
from glbackend.testing.sample import Array, bools, distinct, integers, normal, uniform

NAN, INF = float("nan"), float("inf")
ARITHMETIC = {"Sum": r.sum, "Mean": r.mean, "Prod": r.prod, "Max": r.max, "Min": r.min}
LOGICAL = {"All": r.all, "Any": r.any}

# name, shape, axis: where the last axis stays, where it goes, and both with and without padding lanes
AXES: list[tuple[str, tuple[int, ...], object]] = [
    ("every axis", (3, 5), None),
    ("first axis", (5, 7), 0),
    ("last axis, padded", (6, 5), -1),
    ("last axis, whole texels", (3, 8), [1]),
    ("last axis of six", (2, 1, 2, 3, 2, 3), -1),
    ("middle axis", (2, 3, 6), 1),
    ("outer axes", (2, 3, 4, 5), [0, 2]),
    ("inner axes", (2, 3, 4, 3), [-1, 1]),
    ("alternating to the last", (3, 2, 3, 2, 6), (0, 2, 4)),
    ("rows of one", (4, 3, 1), 1),
    ("joined to the last, whole texels", (2, 3, 4), [1, 2]),
]


def _values(kernel: str, shape: tuple[int, ...]) -> Array:
    if kernel == "Prod":
        return uniform(0.5, 1.5, *shape)
    return distinct(*shape) if kernel in ("Max", "Min") else normal(*shape)


def _many(kernel: str, shape: tuple[int, ...]) -> Array:
    """So many values that a second pass pays; their product stays in range."""
    return uniform(0.999, 1.001, *shape) if kernel == "Prod" else _values(kernel, shape)


def _arithmetic() -> list[Case]:
    found = []
    for kernel, op in ARITHMETIC.items():
        for name, shape, axis in AXES:
            found.append(
                case(kernel, name, lambda x, op=op, axis=axis: op(x, axis), _values(kernel, shape), grad=(0,))
            )
        found += [
            case(
                kernel,
                "dims kept",
                lambda x, op=op: op(x, [0, 2], True),
                _values(kernel, (3, 4, 3)),
                grad=(0,),
            ),
            case(kernel, "two passes over rows", lambda x, op=op: op(x, 0), _many(kernel, (4103, 3))),
            case(kernel, "two passes over lanes", lambda x, op=op: op(x, 1), _many(kernel, (2, 16390))),
            case(kernel, "two passes over everything", lambda x, op=op: op(x), _many(kernel, (150, 220))),
            case(
                kernel,
                "scalar",
                lambda x, op=op: (op(x), op(x.reshape([1, 1]), 0), op(x * [1.0, 2.0])),
                normal(),
            ),
            case(kernel, "no axis", lambda x, op=op: (op(x, []), op(x, 0)), normal(3, 2)),
            case(kernel, "int32", lambda x, op=op: (op(x), op(x, 0), op(x, 1)), integers(-9, 9, 7, 5)),
            case(kernel, "bool", lambda x, op=op: (op(x), op(x, 0), op(x, 1)), bools(4, 6)),
            case(kernel, "empty axis", lambda x, op=op: (op(x, 0), op(x, 1), op(x)), normal(0, 3)),
            case(kernel, "empty last axis", lambda x, op=op: op(x, -1), normal(3, 0)),
            case(kernel, "empty result", lambda x, op=op: op(x, 1), normal(0, 3, 2)),
            case(
                kernel,
                "special values",
                lambda x, op=op: (op(x, 1), op(x, 0)),
                np.array(
                    [[NAN, 1, 2, 0, -1], [INF, 1, 2, 1, 4], [-INF, 3, NAN, 1, 1], [-INF, 1, 2, 2, 8]], "f4"
                ),
            ),
        ]
    return found


def _logical() -> list[Case]:
    found = []
    for kernel, op in LOGICAL.items():
        for name, shape, axis in AXES:
            found.append(case(kernel, name, lambda x, op=op, axis=axis: op(x, axis, True), bools(*shape)))
        mostly = uniform(0, 1, 2, 16390) < (0.9999 if kernel == "All" else 0.0001)
        found += [
            case(kernel, "two passes", lambda x, op=op: (op(x, 1), op(x, 0)), mostly),
            case(kernel, "empty axis", lambda x, op=op: (op(x, 0), op(x)), bools(0, 3)),
        ]
    return found


def _with_zeros(*at: int) -> Array:
    x = uniform(0.5, 1.5, 5, 3)
    x[list(at), 1] = 0
    return x


CASES = [
    *_arithmetic(),
    *_logical(),
    case("Prod", "one zero", lambda x: r.prod(x, 0), _with_zeros(2), grad=(0,)),
    case("Prod", "two zeros", lambda x: r.prod(x, 0), _with_zeros(0, 3), grad=(0,)),
    case("Prod", "int32 wraps", lambda x: r.prod(x, 1), integers(-(2**31), 2**31 - 1, 3, 6)),
    case("Sum", "int32 wraps", lambda x: r.sum(x, 0), integers(-(2**31), 2**31 - 1, 40, 5)),
    case("Sum", "long", lambda x: (r.sum(x), x.mean()), uniform(0, 1, 300_001)),
    case(
        "Max",
        "int32 ends",
        lambda x: (r.max(x, 1), r.min(x, 1)),
        np.array([[-(2**31)] * 5, [2**31 - 1] * 5], "i4"),
    ),
]
