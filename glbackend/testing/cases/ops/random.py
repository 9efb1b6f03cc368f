"""Cases of random kernels, with fixed seeds: integers and uniform numbers must be equal by bits."""

import numpy as np

from glbackend.ops.random import (
    dropout,
    multinomial,
    random_gamma,
    random_normal,
    random_uniform,
    random_uniform_int,
    truncated_normal,
)
from glbackend.testing.case import case
from glbackend.testing.sample import normal

CASES = [
    *[case("RandomUniform", f"c{c}", lambda c=c: random_uniform([5, 3, c], seed=c)) for c in (1, 2, 3, 4, 6)],
    case("RandomUniform", "bounds", lambda: random_uniform([999], -3.7, 11.3, seed="a name")),
    case("RandomUniform", "scalar", lambda: random_uniform([], seed=0.5)),
    case("RandomUniform", "equal-bounds", lambda: random_uniform([5], 2.5, 2.5, seed=3)),
    case("RandomUniform", "empty", lambda: random_uniform([0, 3], seed=3)),
    case("RandomUniformInt", "odd", lambda: random_uniform_int([11, 7], -5, 9, seed=1)),
    case("RandomUniformInt", "wide", lambda: random_uniform_int([999], -(2**31), 2**31, seed=2)),
    case("RandomUniformInt", "large", lambda: random_uniform_int([999], -(2**31), 2**31 - 7, seed=2)),
    case("RandomUniformInt", "bool", lambda: random_uniform([99], dtype="bool", seed=2)),
    case("RandomUniformInt", "int", lambda: random_uniform([99], 0, 10, "int32", seed=2)),
    case("RandomNormal", "odd", lambda: random_normal([33, 31], seed=1)),
    case("RandomNormal", "moved", lambda: random_normal([99], 7, 0.1, seed=2)),
    case("RandomNormal", "int", lambda: random_normal([99], 0, 50, "int32", seed=2)),
    case("RandomNormal", "empty", lambda: random_normal([0], seed=2)),
    case("TruncatedNormal", "odd", lambda: truncated_normal([33, 31], seed=1)),
    case("TruncatedNormal", "moved", lambda: truncated_normal([99], -2, 3, seed=2)),
    case("TruncatedNormal", "int", lambda: truncated_normal([99], 0, 50, "int32", seed=2)),
    *[
        case("RandomGamma", f"alpha{a}", lambda a=a: random_gamma([33, 31], a, 2.0, seed=1))
        for a in (0.2, 0.9, 1, 2.5, 300)
    ],
    case("RandomGamma", "int", lambda: random_gamma([99], 40, 0.5, "int32", seed=2)),
    case("DropoutMask", "odd", lambda x: dropout(x, 0.3, seed=1), normal(3, 7, 5), grad=(0,)),
    case(
        "DropoutMask", "noise-shape", lambda x: dropout(x, 0.5, [3, 1, 5], seed=2), normal(3, 4, 5), grad=(0,)
    ),
    case("Multinomial", "rows", lambda x: multinomial(x, 13, seed=1), normal(5, 7)),
    case("Multinomial", "vector", lambda x: multinomial(x, 8, seed=1), normal(4)),
    case("Multinomial", "many", lambda x: multinomial(x, 6, seed=3), normal(2, 1001)),
    case(
        "Multinomial",
        "normalized",
        lambda x: multinomial(x, 99, seed=2, normalized=True),
        np.array([[0.1, 0.0, 0.7, 0.2, 0.0], [0, 0, 1, 0, 0]], np.float32),
    ),
    case(
        "Multinomial",
        "infinite",
        lambda x: multinomial(x, 50, seed=2),
        np.array([[-np.inf, 100.0, 99.0, -np.inf]], np.float32),
    ),
    case("Multinomial", "empty", lambda x: multinomial(x, 0, seed=1), normal(2, 3)),
]
