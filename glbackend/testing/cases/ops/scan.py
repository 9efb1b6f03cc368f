"""Cases of the scans: along lanes and along rows, with blocks and without, every direction, each dtype."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.ops.scan import cumprod, cumsum
from glbackend.testing.case import Case, case
from glbackend.testing.sample import bools, integers, normal, uniform

NAN, INF = float("nan"), float("inf")
DIRECTIONS = {
    "plain": (False, False),
    "exclusive": (True, False),
    "reverse": (False, True),
    "both": (True, True),
}


def _along(scan: Callable[..., Any], axis: int, direction: str) -> Callable[..., Any]:
    exclusive, reverse = DIRECTIONS[direction]
    return lambda x: scan(x, axis, exclusive, reverse)


def _with_zeros() -> np.ndarray[Any, Any]:
    x = uniform(0.5, 2, 4, 6)
    x[0, 2] = x[1, 0] = x[1, 4] = x[2, 5] = 0
    return x


def _cases(kernel: str, scan: Callable[..., Any]) -> list[Case]:
    special = np.array([[1, INF, 2, NAN, 1], [NAN, 1, 2, 3, 0], [2, -INF, 1, 1, INF]], np.float32)
    wild = integers(-(2**31), 2**31 - 1, 3, 110)
    found = []
    for name in DIRECTIONS:
        found += [
            case(kernel, f"lanes-{name}", _along(scan, -1, name), normal(3, 7), grad=(0,)),
            case(kernel, f"rows-{name}", _along(scan, 0, name), normal(5, 3), grad=(0,)),
            case(kernel, f"middle-{name}", _along(scan, 1, name), normal(2, 4, 2, 5), grad=(0,)),
            case(kernel, f"long-lanes-{name}", _along(scan, 1, name), uniform(0.8, 1.2, 2, 403)),
            case(kernel, f"long-rows-{name}", _along(scan, 1, name), uniform(0.8, 1.2, 2, 101, 3)),
            case(kernel, f"int-{name}", _along(scan, 1, name), wild),
            case(kernel, f"special-{name}", _along(scan, 1, name), special),
        ]
    return [
        *found,
        *[case(kernel, f"c{c}", _along(scan, 1, "plain"), normal(2, c), grad=(0,)) for c in (1, 2, 4, 9)],
        case(kernel, "longer-lanes", _along(scan, 0, "plain"), uniform(0.99, 1.01, 3001)),
        case(kernel, "longer-rows", _along(scan, 0, "reverse"), uniform(0.9, 1.1, 1100, 1)),
        case(kernel, "rank6", _along(scan, 2, "plain"), normal(1, 2, 3, 1, 2, 3), grad=(0,)),
        case(kernel, "bool", _along(scan, 0, "plain"), bools(9, 2)),
        case(kernel, "bool-long", _along(scan, 0, "exclusive"), bools(130)),
        case(kernel, "one", _along(scan, 0, "exclusive"), normal(1), grad=(0,)),
        case(kernel, "empty", _along(scan, 0, "plain"), normal(0, 3)),
        case(kernel, "empty-row", _along(scan, 1, "both"), normal(3, 0)),
    ]


CASES = [
    *_cases("Cumsum", cumsum),
    *_cases("Cumprod", cumprod),
    *[
        case("Cumprod", f"zeros-{name}", _along(cumprod, 1, name), _with_zeros(), grad=(0,))
        for name in DIRECTIONS
    ],
]
