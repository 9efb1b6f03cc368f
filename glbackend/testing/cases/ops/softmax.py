"""Cases of softmax, its logarithm and logsumexp: rows short, long and very long; infinities and NaN."""

import numpy as np

from glbackend.engine.engine import engine
from glbackend.engine.tensor import Tensor
from glbackend.ops.softmax import log_softmax, logsumexp, softmax
from glbackend.testing.case import Case, case
from glbackend.testing.sample import Array, normal, uniform

NAN, INF = float("nan"), float("inf")


def _special() -> Array:
    rows = [[1, NAN, 2, 0, 1], [1, INF, 2, 0, 1], [-INF, 3, -INF, 1, 2], [-INF] * 5, [100, -100, 88, -88, 0]]
    return np.array(rows, "f4")


def _with_infinite_halves(n: int) -> Array:
    rows = uniform(-3, 3, 2, n)
    rows[0, : n // 2] = -INF
    rows[1, n // 2 :] = -INF
    return rows


def _cases() -> list[Case]:
    found = []
    for kernel, op in {"Softmax": softmax, "LogSoftmax": log_softmax}.items():
        found += [
            case(kernel, "padded", op, normal(3, 5), grad=(0,)),
            case(kernel, "whole texels", op, normal(2, 3, 8), grad=(0,)),
            case(kernel, "one class", op, normal(5, 1), grad=(0,)),
            case(kernel, "vector", op, normal(10), grad=(0,)),
            case(kernel, "scalar", op, normal(), grad=(0,)),
            case(kernel, "rank 6", op, normal(1, 2, 1, 2, 2, 3)),
            case(kernel, "far apart", op, uniform(-300, 300, 4, 9)),
            case(kernel, "special values", op, _special()),
            case(kernel, "rows in a pass of their own", op, uniform(-9, 9, 1030, 35)),
            case(kernel, "rows in parts", op, uniform(-9, 9, 2, 16391)),
            case(kernel, "parts of -inf", op, _with_infinite_halves(16400)),
            case(kernel, "empty", op, normal(0, 3)),
            case(kernel, "empty rows", op, normal(3, 0)),
        ]
    return found


def _grad(dy: Tensor, y: Tensor) -> object:
    return engine().run_kernel("SoftmaxGrad", {"dy": dy, "y": y}, {})


def _slope(name: str, *shape: int) -> Case:
    arrays = normal(*shape), uniform(0.0, 1.0, *shape, seed=1)
    return case("SoftmaxGrad", name, _grad, *arrays, grad=(0, 1) if arrays[0].size < 99 else ())


CASES = [
    *_cases(),
    _slope("padded", 3, 5),
    _slope("whole texels", 2, 3, 8),
    _slope("one class", 5, 1),
    _slope("vector", 10),
    _slope("scalar"),
    _slope("long rows", 3, 5001),
    _slope("many rows", 1030, 35),
    _slope("empty", 0, 3),
    _slope("empty rows", 3, 0),
    case("SoftmaxGrad", "special values", _grad, _special(), uniform(0.0, 1.0, 5, 5)),
    case(
        "Max",
        "logsumexp",
        lambda x: (logsumexp(x, 1), logsumexp(x), logsumexp(x, 0, True)),
        normal(4, 5),
        grad=(0,),
    ),
    case("Max", "logsumexp of special values", lambda x: logsumexp(x, 1), _special()),
]
