"""Cases of layer normalisation: rows of whole texels and others, one element, none, and those far from 0."""

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.ops.layer_norm import layer_norm
from glbackend.ops.op import run
from glbackend.testing.case import case
from glbackend.testing.sample import normal, uniform


def _grad(x: Tensor, dy: Tensor, scale: Tensor | None = None) -> Tensor:
    given = {} if scale is None else {"scale": scale}
    return run("LayerNormGrad", {"x": x, "dy": dy, **given}, epsilon=0.1)


def _plain(x: Tensor) -> Tensor:
    return layer_norm(x, None, None, 0.1)


CASES = [
    case(
        "LayerNorm",
        "rows",
        lambda x, s, o: layer_norm(x, s, o, 0.1),
        normal(2, 3, 5),
        normal(5, seed=1),
        normal(5, seed=2),
        grad=(0, 1, 2),
    ),
    case("LayerNorm", "plain", _plain, normal(3, 8), grad=(0,)),
    case("LayerNorm", "scaled", lambda x, s: layer_norm(x, s, None, 0.1), normal(3, 4), normal(4), grad=(0,)),
    case("LayerNorm", "vector", lambda x, o: layer_norm(x, None, o, 0.1), normal(7), normal(7), grad=(0, 1)),
    case("LayerNorm", "one", _plain, normal(4, 1)),
    case("LayerNorm", "empty", _plain, normal(0, 3)),
    case("LayerNorm", "away from 0", _plain, uniform(10, 11, 5, 300)),
    case("LayerNorm", "nan", _plain, np.array([[1, np.nan], [1, 3]], np.float32)),
    case("FusedBatchNorm", "long rows", _plain, normal(2, 5000)),
    case("LayerNormGrad", "rows", _grad, normal(2, 3, 5), normal(2, 3, 5, seed=1), normal(5), grad=(0, 1, 2)),
    case("LayerNormGrad", "plain", _grad, normal(3, 8), normal(3, 8, seed=1), grad=(0, 1)),
]
