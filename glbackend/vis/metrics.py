"""How well labels were predicted, as `gl.vis.metrics`: what tfjs-vis computes before it draws."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import as_tensor

__all__ = ["ClassAccuracy", "accuracy", "confusion_matrix", "per_class_accuracy"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class ClassAccuracy:
    """Of one class how many of its examples were predicted as such, and how many there are."""

    accuracy: float
    count: int


@checked
def accuracy(labels: Any, predictions: Any) -> float:
    """The share of elements that agree. As `tfvis.metrics.accuracy`.

    `labels`, `predictions`: tensors or arrays of one shape, compared as they are.

    >>> accuracy([1, 2, 3, 4], [1, 2, 0, 4])
    0.75
    """
    true, predicted = _array(labels, "labels", "accuracy"), _array(predictions, "predictions", "accuracy")
    if true.shape != predicted.shape:
        raise ShapeError(
            f"accuracy: labels {list(true.shape)} and predictions {list(predicted.shape)} differ"
        )
    return float((true == predicted).mean()) if true.size else float("nan")


@checked
def per_class_accuracy(labels: Any, predictions: Any, num_classes: int | None = None) -> list[ClassAccuracy]:
    """For each class how many of its examples were predicted right. As `tfvis.metrics.perClassAccuracy`.

    `labels`, `predictions`: numbers of classes, one an example; or a row an example (one-hot, or
    probabilities), of which the largest counts.
    `num_classes`: how many there are, by default as many as occur.

    A class without examples has an accuracy of 0. Raises ShapeError where lengths differ, ArgumentError for
    what is no number of a class.

    >>> per_class_accuracy([0, 0, 1], [0, 1, 1])
    [ClassAccuracy(accuracy=0.5, count=2), ClassAccuracy(accuracy=1.0, count=1)]
    """
    table = _confusion(labels, predictions, num_classes, None, "per_class_accuracy")
    counts = table.sum(1)
    return [
        ClassAccuracy(float(table[i, i] / count) if count else 0.0, int(count))
        for i, count in enumerate(counts)
    ]


@checked
def confusion_matrix(
    labels: Any, predictions: Any, num_classes: int | None = None, weights: Any = None
) -> Array:
    """How often which class (row) was predicted as which (column). As `tfvis.metrics.confusionMatrix`.

    `labels`, `predictions`, `num_classes`: as of `per_class_accuracy`.
    `weights`: what each example counts, 1 by default.

    Gives a square array, of int64, with weights of float64.

    >>> confusion_matrix([1, 2, 2], [2, 2, 2]).tolist()
    [[0, 0, 0], [0, 0, 1], [0, 0, 2]]
    """
    return _confusion(labels, predictions, num_classes, weights, "confusion_matrix")


def _confusion(labels: Any, predictions: Any, num_classes: int | None, weights: Any, op: str) -> Array:
    true, predicted = _classes(labels, "labels", op), _classes(predictions, "predictions", op)
    if true.shape != predicted.shape:
        raise ShapeError(f"{op}: {len(true)} labels for {len(predicted)} predictions")
    found = int(max(true.max(initial=-1), predicted.max(initial=-1))) + 1
    count = found if num_classes is None else num_classes
    if count < found:
        raise ArgumentError(f"{op}: class {found - 1} is beyond num_classes={num_classes}")
    table = np.zeros((count, count), np.int64 if weights is None else np.float64)
    given: Any = 1
    if weights is not None:
        given = _array(weights, "weights", op).reshape(-1)
        if given.shape != true.shape:
            raise ShapeError(f"{op}: {given.size} weights for {len(true)} labels")
    np.add.at(table, (true, predicted), given)
    return table


def _classes(values: Any, name: str, op: str) -> Array:
    array = _array(values, name, op)
    if array.ndim == 2:
        array = array.argmax(1) if array.shape[1] > 1 else array[:, 0]
    if array.ndim != 1:
        raise ShapeError(f"{op}: {name} must be one number or one row an example, got {list(array.shape)}")
    whole = array.astype(np.int64)
    if array.size and ((whole != array).any() or whole.min() < 0):
        raise ArgumentError(f"{op}: {name} must be numbers of classes (0, 1, 2, ...)")
    return whole


def _array(values: Any, name: str, op: str) -> Array:
    array: Array = as_tensor(values, name, op).numpy()
    return array
