"""Cases of local response normalisation and its gradient kernel."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.ops.lrn import local_response_normalization
from glbackend.ops.op import run
from glbackend.testing.case import case
from glbackend.testing.sample import normal

NAN, INF = float("nan"), float("inf")


def _lrn(*attrs: float) -> Callable[..., Any]:
    return lambda x: local_response_normalization(x, *attrs)


def _grad(radius: int, bias: float, alpha: float, beta: float) -> Callable[..., Any]:
    attrs = {"depth_radius": radius, "bias": bias, "alpha": alpha, "beta": beta}
    return lambda x, y, dy: run("LRNGrad", {"x": x, "y": y, "dy": dy}, **attrs)


def _three(*shape: int) -> list[Any]:
    return [normal(*shape, seed=seed) for seed in range(3)]


CASES = [
    *[
        case("LRN", f"c{c}-r{r}", _lrn(r, 1.5, 0.7, 0.75), normal(1, 2, 1, c), grad=(0,))
        for c, r in ((1, 1), (2, 5), (3, 1), (4, 2), (9, 2), (18, 5), (6, 0))
    ],
    *[case("LRN", f"beta{b}", _lrn(2, 1, 1, b), normal(1, 1, 3, 7), grad=(0,)) for b in (0.5, 1.0, 2.3)],
    case("LRN", "defaults", _lrn(), normal(2, 3, 2, 5)),
    case("LRN", "rank3", _lrn(1), normal(2, 2, 5), grad=(0,)),
    case("LRN", "nan", _lrn(1), np.array([[[1, NAN, 2, 3, 4, INF, 0]]], np.float32)),
    case("LRN", "no-bias", _lrn(1, 0.0), np.array([[[0, 0, 0, 2, 3]]], np.float32)),
    case("LRN", "empty", _lrn(), normal(0, 2, 2, 3)),
    *[
        case("LRNGrad", f"c{c}-r{r}", _grad(r, 1.5, 0.7, 0.75), *_three(1, 2, 1, c), grad=(0, 1, 2))
        for c, r in ((1, 1), (3, 1), (4, 2), (9, 2))
    ],
    case("LRNGrad", "beta1", _grad(1, 1, 0.5, 1), *_three(1, 1, 2, 5), grad=(0, 1, 2)),
    case("LRNGrad", "empty", _grad(1, 1, 1, 1), *_three(1, 0, 2, 5)),
]
