"""Cases of normalising by moments of its own: both ways, short and long rows, few and many of them."""

import functools
from typing import get_args

import numpy as np

from glbackend.engine.engine import engine
from glbackend.engine.tensor import Tensor
from glbackend.ops.normalize import By, normalize
from glbackend.testing.case import Case, case
from glbackend.testing.sample import normal, uniform


def _both(by: By, name: str, *shape: int, grad: bool = True) -> list[Case]:
    channels = shape[-1]
    moment = shape[-1:] if by == "channel" else (*shape[:-1], 1)

    def forward(x: Tensor, offset: Tensor, scale: Tensor) -> object:
        return normalize(x, offset, scale, by, 0.1)

    def back(dy: Tensor, x: Tensor, mean: Tensor, variance: Tensor, scale: Tensor) -> object:
        inputs = {"dy": dy, "x": x, "mean": mean, "variance": variance, "scale": scale}
        return engine().run_kernel("NormalizeGrad", inputs, {"by": by, "variance_epsilon": 0.1})

    x, vectors = normal(*shape), (normal(channels, seed=1), normal(channels, seed=2))
    moments = normal(*moment, seed=3), uniform(0.5, 2, *moment, seed=4)

    def slope(*given: Tensor) -> object:
        named = dict(zip(("dy", "x", "mean", "variance", "scale"), given, strict=True))
        attrs = {"by": by, "variance_epsilon": 0.1, "affine": False}
        return engine().run_kernel("NormalizeGrad", named, attrs)[0]

    return [
        case("Normalize", f"{by}: {name}", forward, x, *vectors, grad=(0, 1, 2) if grad else ()),
        case("NormalizeGrad", f"{by}: {name}", back, normal(*shape, seed=5), x, *moments, vectors[1],
             grad=(0, 1, 2, 3, 4) if grad else ()),
        case("NormalizeGrad", f"{by}: {name}, by x alone", slope, normal(*shape, seed=5), x, *moments,
             vectors[1], grad=(0, 1, 2, 3, 4) if grad else ()),
    ]  # fmt: skip


CASES = [
    *_both("channel", "odd", 2, 3, 5),
    *_both("channel", "one", 7, 1),
    *_both("channel", "a vector", 6),
    *_both("channel", "many rows", 4200, 5, grad=False),
    *_both("channel", "many channels", 3, 2100, grad=False),
    *_both("channel", "empty rows", 4, 0, grad=False),
    *_both("row", "odd", 2, 3, 5),
    *_both("row", "four", 3, 4),
    *_both("row", "a vector", 6),
    *_both("row", "long", 2, 33_001, grad=False),
    *_both("row", "many", 700, 37, grad=False),
    *_both("row", "empty", 0, 3, grad=False),
    case("Normalize", "without offset and scale", lambda x: normalize(x)[0], normal(5, 6), grad=(0,)),
    case(
        "Normalize",
        "scale alone",
        lambda x, s: normalize(x, None, s, "row"),
        normal(3, 7),
        normal(7),
        grad=(0, 1),
    ),
    case(
        "Normalize",
        "far from zero",
        lambda x: normalize(x + 16.0, by="row"),
        normal(4, 90),
        grad=(0,),
    ),
    case(  # some rows have their mean taken off before they are squared, where others would not need it
        "Normalize",
        "near zero and far from it",
        lambda x, far, o, s: normalize(x + far, o, s, "row"),
        normal(4, 300),
        np.array([[0.0], [8.0], [1.0], [-16.0]], np.float32),
        *(normal(300, seed=1), normal(300, seed=2)),
        grad=(0, 2, 3),
    ),
    *(
        case(  # where the mean is rounded and the variance is not, 1 / sqrt(epsilon) makes 60 of nothing
            "Normalize",
            f"{by}: {length} numbers, all alike",
            functools.partial(normalize, by=by, variance_epsilon=1e-12),
            np.full((length, 4) if by == "channel" else (4, length), 1000.1, np.float32),
        )
        for by in get_args(By)
        for length in (33, 769)
    ),
]
