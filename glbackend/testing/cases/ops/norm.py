"""Cases of batch normalisation, moments and norms."""

import math

from glbackend.ops.norm import batch_norm, euclidean_norm, moments, norm
from glbackend.testing.case import case
from glbackend.testing.sample import normal, uniform

ALL_FIVE = (0, 1, 2, 3, 4)


CASES = [
    case(
        "FusedBatchNorm",
        "vectors",
        batch_norm,
        normal(2, 3, 5),
        normal(5),
        uniform(0.5, 2, 5),
        normal(5, seed=1),
        normal(5, seed=2),
        grad=ALL_FIVE,
    ),
    case(
        "FusedBatchNorm",
        "large",
        batch_norm,
        normal(32, 32, 32),
        normal(32),
        uniform(0.5, 2, 32),
        normal(32, seed=1),
        normal(32, seed=2),
    ),
    case(
        "FusedBatchNorm",
        "without offset and scale",
        batch_norm,
        normal(3, 4),
        normal(4),
        uniform(0.5, 2, 4),
        grad=(0, 1, 2),
    ),
    case(
        "FusedBatchNorm",
        "scale of another shape",
        lambda x, mean, variance, scale: batch_norm(x, mean, variance, None, scale, 0.1),
        normal(2, 3, 6),
        normal(1, 1, 6),
        uniform(0.5, 2, 2, 1, 1),
        normal(6, seed=1),
        grad=(0, 1, 2, 3),
    ),
    case(
        "FusedBatchNorm",
        "whole tensors",
        batch_norm,
        normal(2, 2, 2, 3),
        normal(2, 2, 2, 3, seed=1),
        uniform(0.5, 2, 2, 2, 2, 3),
        normal(1, 2, 1, 3),
        normal(2, 2, 2, 3, seed=3),
        grad=ALL_FIVE,
    ),
    case(
        "FusedBatchNorm",
        "columns",
        batch_norm,
        normal(2, 3, 5),
        normal(2, 3, 1),
        uniform(0.5, 2, 2, 3, 1),
        normal(5),
        normal(5, seed=2),
        grad=ALL_FIVE,
    ),
    case(
        "FusedBatchNorm",
        "columns after vectors",
        batch_norm,
        normal(4, 6),
        normal(6),
        uniform(0.5, 2, 1, 6),
        normal(4, 1),
        normal(4, 1, seed=2),
        grad=ALL_FIVE,
    ),
    case(
        "FusedBatchNorm",
        "offset alone",
        lambda x, m, v, o: batch_norm(x, m, v, o),
        normal(5, 1),
        normal(1),
        uniform(0.5, 2, 1),
        normal(1, seed=1),
    ),
    case(
        "FusedBatchNorm",
        "empty",
        lambda x, m, v: batch_norm(x, m, v),
        normal(0, 3),
        normal(3),
        uniform(0.5, 2, 3),
    ),
    case("Mean", "moments", lambda x: tuple(moments(x, [0, 1])), normal(3, 2, 5), grad=(0,)),
    case("Mean", "moments, dims kept", lambda x: tuple(moments(x, -1, True)), normal(3, 6), grad=(0,)),
    case(
        "Mean",
        "layer normalisation",
        lambda x, g, b: (
            (x - x.mean(-1, True)) * ((x - x.mean(-1, True)).square().mean(-1, True) + 1e-3).rsqrt() * g + b
        ),
        normal(4, 10),
        normal(10),
        normal(10, seed=1),
        grad=(0, 1, 2),
    ),
    case(
        "Sum",
        "norms of vectors",
        lambda x: (norm(x, 1, 1), norm(x, 2, 0), euclidean_norm(x)),
        normal(3, 5),
        grad=(0,),
    ),
    case(
        "Max",
        "norms by extremes",
        lambda x: (norm(x, math.inf, 1), norm(x, -math.inf)),
        normal(3, 5),
        grad=(0,),
    ),
    case(
        "Max",
        "norms of matrices",
        lambda x: (norm(x, 1, [1, 2]), norm(x, math.inf, [0, -1], True), norm(x, "fro", [1, 2])),
        normal(2, 3, 4),
        grad=(0,),
    ),
]
