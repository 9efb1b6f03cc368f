"""Cases of ArgMax and ArgMin: along lanes and along rows, in one pass and in two, ties, NaN, each dtype."""

import numpy as np

from glbackend.ops.argument import argmax, argmin
from glbackend.testing.case import Case, case
from glbackend.testing.sample import Array, bools, distinct, integers, normal

NAN, INF = float("nan"), float("inf")


def _special() -> Array:
    rows = [
        [NAN, 3, 9, 1, 2],
        [1, NAN, 2, NAN, 2],
        [-INF, -INF, NAN, -INF, -INF],
        [INF, 5, NAN, INF, -INF],
        [NAN] * 5,
    ]
    return np.array(rows, "f4")


def _cases() -> list[Case]:
    found = []
    for kernel, op in {"ArgMax": argmax, "ArgMin": argmin}.items():
        found += [
            case(kernel, "first axis", lambda x, op=op: op(x), distinct(5, 7)),
            case(kernel, "last axis, padded", lambda x, op=op: op(x, -1), distinct(6, 5)),
            case(kernel, "last axis, whole texels", lambda x, op=op: op(x, [1]), distinct(3, 8)),
            case(kernel, "vector", lambda x, op=op: op(x), distinct(11)),
            case(kernel, "middle axis", lambda x, op=op: op(x, 1), distinct(2, 3, 6)),
            case(kernel, "last axis of six", lambda x, op=op: op(x, 5), distinct(2, 1, 2, 3, 1, 3)),
            case(kernel, "rows of one", lambda x, op=op: (op(x, 1), op(x, 2)), distinct(4, 3, 1)),
            case(kernel, "scalar", lambda x, op=op: op(x), normal()),
            case(kernel, "two passes over rows", lambda x, op=op: op(x, 0), distinct(4103, 3)),
            case(kernel, "two passes over lanes", lambda x, op=op: op(x, 1), distinct(2, 16390)),
            case(kernel, "ties", lambda x, op=op: (op(x, 0), op(x, 1)), integers(0, 2, 9, 13).astype("f4")),
            case(
                kernel,
                "ties in two passes",
                lambda x, op=op: (op(x, 0), op(x, 1)),
                integers(0, 2, 2, 4103, 3),
            ),
            case(kernel, "special values", lambda x, op=op: (op(x, 1), op(x, 0)), _special()),
            case(kernel, "int32", lambda x, op=op: (op(x, 1), op(x, 0)), integers(-(2**31), 2**31 - 1, 7, 6)),
            case(kernel, "bool", lambda x, op=op: (op(x, 1), op(x, 0)), bools(4, 6)),
            case(kernel, "empty result", lambda x, op=op: op(x, 1), normal(0, 3)),
        ]
    return found


CASES = _cases()
