"""Losses by name: functions of (targets, predictions) that give one value an example."""

from collections.abc import Callable
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor
from glbackend.ops import crossentropy
from glbackend.ops.arithmetic import maximum
from glbackend.ops.index import one_hot

EPSILON = 1e-7
Loss = Callable[[Tensor, Tensor], Tensor]


def mean_squared_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of squared differences over the last axis. As TF.js's `meanSquaredError`."""
    return y_true.squared_difference(y_pred).mean(-1)


def mean_absolute_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of absolute differences over the last axis. As TF.js's `meanAbsoluteError`."""
    return (y_pred - y_true).abs().mean(-1)


def mean_absolute_percentage_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of differences relative to the target, in percent. As TF.js's `meanAbsolutePercentageError`."""
    size = y_true.abs().clip_by_value(EPSILON, 3.4028235e38)
    return ((y_true - y_pred) / size).abs().mean(-1) * 100.0


def mean_squared_logarithmic_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of squared differences of log(1 + x). As TF.js's `meanSquaredLogarithmicError`."""
    first = y_pred.clip_by_value(EPSILON, 3.4028235e38).log1p()
    second = y_true.clip_by_value(EPSILON, 3.4028235e38).log1p()
    return first.squared_difference(second).mean(-1)


def hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of max(1 - y t, 0). As TF.js's `hinge`."""
    return (1.0 - y_true * y_pred).relu().mean(-1)


def squared_hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of max(1 - y t, 0) squared. As TF.js's `squaredHinge`."""
    return (1.0 - y_true * y_pred).relu().square().mean(-1)


def categorical_hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """max(best wrong score - right score + 1, 0). As TF.js's `categoricalHinge`."""
    right = (y_true * y_pred).sum(-1)
    wrong = ((1.0 - y_true) * y_pred).max(-1)
    return (wrong - right + 1.0).relu()


def logcosh(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of log(cosh(difference)). As TF.js's `logcosh`."""
    error = y_pred - y_true
    return (error + (error * -2.0).softplus() - 0.6931471805599453).mean(-1)


def categorical_crossentropy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """-sum(t log p) over the last axis, p scaled to sum 1. As TF.js's `categoricalCrossentropy`."""
    labels = y_true if y_true.dtype == "float32" else y_true.cast("float32")
    return crossentropy.categorical_crossentropy(labels, y_pred)


def sparse_categorical_crossentropy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Categorical cross-entropy for targets given as class numbers.

    As TF.js's `sparseCategoricalCrossentropy`.
    """
    classes = y_true.reshape((-1,)).cast("int32")
    hot = one_hot(classes, y_pred.shape[-1]).reshape(y_pred.shape)
    return categorical_crossentropy(hot, y_pred)


def binary_crossentropy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean over the last axis of -(t log p + (1 - t) log(1 - p)). As TF.js's `binaryCrossentropy`."""
    p = y_pred.clip_by_value(EPSILON, 1 - EPSILON)
    return -(y_true * p.log() + (1.0 - y_true) * (1.0 - p).log()).mean(-1)


def kullback_leibler_divergence(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """sum(t log(t / p)). As TF.js's `kullbackLeiblerDivergence`."""
    t, p = y_true.clip_by_value(EPSILON, 1.0), y_pred.clip_by_value(EPSILON, 1.0)
    return (y_true * (t / p).log()).sum(-1)


def poisson(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of p - t log p. As TF.js's `poisson`."""
    return (y_pred - y_true * (y_pred + EPSILON).log()).mean(-1)


def cosine_proximity(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """-sum of products of the normalised vectors. As TF.js's `cosineProximity`."""
    return -(_unit(y_true) * _unit(y_pred)).sum(-1)


def _unit(x: Tensor) -> Tensor:
    return x / maximum(x.square().sum(-1, True), EPSILON).sqrt()


BY_NAME: dict[str, Loss] = {
    "mean_squared_error": mean_squared_error,
    "mean_absolute_error": mean_absolute_error,
    "mean_absolute_percentage_error": mean_absolute_percentage_error,
    "mean_squared_logarithmic_error": mean_squared_logarithmic_error,
    "squared_hinge": squared_hinge,
    "hinge": hinge,
    "categorical_hinge": categorical_hinge,
    "logcosh": logcosh,
    "categorical_crossentropy": categorical_crossentropy,
    "sparse_categorical_crossentropy": sparse_categorical_crossentropy,
    "binary_crossentropy": binary_crossentropy,
    "kullback_leibler_divergence": kullback_leibler_divergence,
    "poisson": poisson,
    "cosine_proximity": cosine_proximity,
}
SHORT = {
    "mse": "mean_squared_error", "mae": "mean_absolute_error", "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error", "kld": "kullback_leibler_divergence",
    "cosine": "cosine_proximity", "bce": "binary_crossentropy",
}  # fmt: skip
_SPELLINGS = {name.replace("_", ""): name for name in BY_NAME} | SHORT


def canonical(name: Any) -> str | None:
    """The name by which a loss is known ("meanSquaredError", "mse" -> "mean_squared_error"), or None."""
    return _SPELLINGS.get(str(name).replace("_", "").lower())


def get(loss: str | Loss) -> Loss:
    """The loss of that name in any spelling, or the function itself.

    >>> get("meanSquaredError").__name__
    'mean_squared_error'
    """
    if callable(loss):
        return loss
    known = canonical(loss)
    if known is None:
        raise ArgumentError(f"unknown loss {loss!r}: use a function or one of {', '.join(BY_NAME)}")
    return BY_NAME[known]
