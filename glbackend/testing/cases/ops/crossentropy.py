"""Cases of the cross-entropy: rows of 1 to 300 classes, shares at and beyond the bounds, ranks 1 to 3."""

import numpy as np

from glbackend.engine.engine import engine
from glbackend.engine.tensor import Tensor
from glbackend.ops.crossentropy import categorical_crossentropy
from glbackend.testing.case import Case, case
from glbackend.testing.sample import Array, uniform


def _grad(dy: Tensor, labels: Tensor, predictions: Tensor) -> object:
    inputs = {"dy": dy, "labels": labels, "predictions": predictions}
    return engine().run_kernel("CategoricalCrossentropyGrad", inputs, {})


def _value(name: str, *shape: int) -> Case:
    labels, predictions = uniform(0.0, 1.0, *shape), uniform(0.1, 1.0, *shape, seed=1)
    return case("CategoricalCrossentropy", name, categorical_crossentropy, labels, predictions, grad=(0, 1))


def _slope(name: str, *shape: int) -> Case:
    arrays = uniform(-1.0, 1.0, *shape[:-1]), uniform(0.0, 1.0, *shape), uniform(0.1, 1.0, *shape, seed=1)
    return case("CategoricalCrossentropyGrad", name, _grad, *arrays, grad=(0, 1, 2))


def _of_logits(labels: Tensor, predictions: Tensor) -> Tensor:
    return categorical_crossentropy(labels, predictions, from_logits=True)


def _grad_of_logits(dy: Tensor, labels: Tensor, predictions: Tensor) -> object:
    inputs = {"dy": dy, "labels": labels, "predictions": predictions}
    return engine().run_kernel("CategoricalCrossentropyGrad", inputs, {"from_logits": True})


def _logits(name: str, *shape: int) -> tuple[Case, Case]:
    labels, logits = uniform(0.0, 1.0, *shape), uniform(-9.0, 9.0, *shape, seed=1)
    return (
        case("CategoricalCrossentropy", f"logits-{name}", _of_logits, labels, logits, grad=(0, 1)),
        case("CategoricalCrossentropyGrad", f"logits-{name}", _grad_of_logits,
             uniform(-1.0, 1.0, *shape[:-1]), labels, logits, grad=(0, 1, 2)),
    )  # fmt: skip


FAR: Array = np.array(
    [[0, 200, -200], [1e4, 0, 0], [np.inf, 1, 0], [-np.inf, 2, 2], [np.nan, 1, 0]], np.float32
)
EDGES: Array = np.array([[0, 1, 0], [1, 0, 0], [5e-8, 1, 0], [2, 2, 0], [np.nan, 1, 0]], np.float32)
HOT: Array = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 0]], np.float32)

CASES = [
    _value("one-class", 3, 1),
    _value("odd", 5, 3),
    _value("four", 2, 4),
    _value("rank1", 7),
    _value("rank3", 2, 5, 6),
    _value("many", 3, 300),
    case(
        "CategoricalCrossentropy", "empty", categorical_crossentropy, uniform(0, 1, 0, 3), uniform(0, 1, 0, 3)
    ),
    case("CategoricalCrossentropy", "bounds", categorical_crossentropy, HOT, EDGES),
    *_logits("one-class", 3, 1),
    *_logits("odd", 5, 3),
    *_logits("rank1", 7),
    *_logits("rank3", 2, 5, 6),
    *_logits("many", 3, 300),
    *_logits("empty", 0, 3),
    case("CategoricalCrossentropy", "logits-far", _of_logits, HOT[::-1], FAR),
    case("CategoricalCrossentropyGrad", "logits-far", _grad_of_logits, uniform(-1, 1, 5), HOT, FAR),
    _slope("odd", 5, 3),
    _slope("rank1", 7),
    _slope("rank3", 2, 5, 6),
    _slope("many", 3, 300),
    case("CategoricalCrossentropyGrad", "bounds", _grad, uniform(-1, 1, 5), HOT, EDGES),
    case(
        "CategoricalCrossentropyGrad",
        "empty",
        _grad,
        uniform(-1, 1, 0),
        uniform(0, 1, 0, 3),
        uniform(0, 1, 0, 3),
    ),
]
