"""Metrics by name, as `gl.metrics`: functions of (targets, predictions);

their mean is what training reports.
"""

from collections.abc import Callable
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor
from glbackend.training import losses
from glbackend.training.losses import (
    binary_crossentropy,
    categorical_crossentropy,
    cosine_proximity,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    sparse_categorical_crossentropy,
)

Metric = Callable[[Tensor, Tensor], Tensor]


def binary_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Share of predictions on the right side of 0.5. As TF.js's `binaryAccuracy`."""
    return (y_pred > 0.5).cast("float32").equal(y_true).cast("float32").mean(-1)


def categorical_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Whether the largest prediction is the target's class. As TF.js's `categoricalAccuracy`."""
    return y_true.argmax(-1).equal(y_pred.argmax(-1)).cast("float32")


def sparse_categorical_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """`categorical_accuracy` for targets given as class numbers. As TF.js's `sparseCategoricalAccuracy`."""
    predicted = y_pred.argmax(-1)
    return y_true.cast("int32").reshape(predicted.shape).equal(predicted).cast("float32")


def precision(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """True positives over predicted positives. As TF.js's `precision`."""
    positive, predicted = y_true.equal(1.0).cast("float32"), y_pred.equal(1.0).cast("float32")
    return _ratio((positive * predicted).sum(), predicted.sum())


def recall(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """True positives over positives. As TF.js's `recall`."""
    positive, predicted = y_true.equal(1.0).cast("float32"), y_pred.equal(1.0).cast("float32")
    return _ratio((positive * predicted).sum(), positive.sum())


def r2_score(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """1 less the share of the targets' spread that predictions miss. As TF.js's `r2Score`.

    >>> import glbackend as gl
    >>> r2_score(gl.tensor([1., 2., 3.]), gl.tensor([1., 2., 3.])).item()
    1.0
    """
    return 1.0 - (y_true - y_pred).square().sum() / (y_true - y_true.mean()).square().sum()


def _ratio(part: Tensor, whole: Tensor) -> Tensor:
    return part / (whole + whole.equal(0.0).cast("float32"))


BY_NAME: dict[str, Metric] = {
    "binary_accuracy": binary_accuracy,
    "categorical_accuracy": categorical_accuracy,
    "sparse_categorical_accuracy": sparse_categorical_accuracy,
    "precision": precision,
    "recall": recall,
    "r2_score": r2_score,
}
_SPELLINGS = {name.replace("_", ""): name for name in BY_NAME}
_ACCURACY = ("acc", binary_accuracy, categorical_accuracy, sparse_categorical_accuracy)
_CROSSENTROPY = (
    "ce", binary_crossentropy, categorical_crossentropy, sparse_categorical_crossentropy,
)  # fmt: skip
# name -> how it is reported, and which metric it is for two classes, one-hot targets, class numbers
FITTING = {"accuracy": _ACCURACY, "acc": _ACCURACY, "crossentropy": _CROSSENTROPY, "ce": _CROSSENTROPY}


def resolve(metric: Any, loss: Any, output_shape: Any) -> tuple[str, Metric]:
    """Name as reported and function of a metric; "accuracy" is the one that fits the loss, reported as "acc".

    >>> resolve("accuracy", "binaryCrossentropy", (None, 1))[1].__name__
    'binary_accuracy'
    """
    if callable(metric):
        return getattr(metric, "__name__", "metric"), metric
    spelled = str(metric).replace("_", "").lower()
    if spelled in FITTING:
        short, binary, categorical, sparse = FITTING[spelled]
        name = losses.canonical(loss) if not callable(loss) else getattr(loss, "__name__", "")
        if output_shape[-1] == 1 or name == "binary_crossentropy":
            return short, binary
        return short, sparse if name == "sparse_categorical_crossentropy" else categorical
    if spelled in _SPELLINGS:
        return str(metric), BY_NAME[_SPELLINGS[spelled]]
    if losses.canonical(metric) is not None:
        return str(metric), losses.get(metric)
    raise ArgumentError(
        f"unknown metric {metric!r}: use a function, 'accuracy', or one of {', '.join(BY_NAME)}"
    )


mape, mse, mae, cosine = (
    mean_absolute_percentage_error, mean_squared_error, mean_absolute_error, cosine_proximity,
)  # fmt: skip
