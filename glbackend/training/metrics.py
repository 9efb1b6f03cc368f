"""Metrics and losses of training, as `gl.metrics`: functions of targets and predictions, by name.

What they give is averaged over the examples where it is one value an example. Those that can be losses too
stand in `losses.py`. docs/losses-and-metrics.md lists them all.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from glbackend.base.registry import Registry
from glbackend.engine.tensor import Tensor
from glbackend.training.losses import (
    LOSSES,
    binary_crossentropy,
    categorical_crossentropy,
    categorical_hinge,
    cosine_proximity,
    hinge,
    kullback_leibler_divergence,
    logcosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
    takes_arrays,
    takes_classes,
)

__all__ = [
    "binary_accuracy",
    "binary_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_hinge",
    "cosine",
    "cosine_proximity",
    "hinge",
    "kullback_leibler_divergence",
    "logcosh",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "poisson",
    "precision",
    "r2_score",
    "recall",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]

Metric = Callable[[Tensor, Tensor], Tensor]
METRICS: Registry[Any] = Registry("metric", parent=LOSSES)


@METRICS.declare()
@takes_arrays
def binary_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """The share of predictions on the right side of 0.5. As `tf.metrics.binaryAccuracy`.

    `y_true` are targets of 0 or 1 and `y_pred` predicted probabilities, float32 [..., n] both; the share is
    taken over the last axis: float32 [...]. ShapeError where the shapes do not fit.

    >>> binary_accuracy([[1., 0.]], [[0.9, 0.8]]).numpy().tolist()
    [0.5]
    """
    return (y_pred > 0.5).cast("float32").equal(y_true).cast("float32").mean(-1)


@METRICS.declare()
@takes_arrays
def categorical_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """1 where the largest prediction is the target's class, else 0. As `tf.metrics.categoricalAccuracy`.

    `y_true` are one-hot targets and `y_pred` scores of the classes, [..., classes] both; float32 [...].
    ShapeError where the shapes do not fit.

    >>> categorical_accuracy([[0., 1.], [1., 0.]], [[0.2, 0.8], [0.4, 0.6]]).numpy().tolist()
    [1.0, 0.0]
    """
    return y_true.argmax(-1).equal(y_pred.argmax(-1)).cast("float32")


@METRICS.declare()
@takes_classes
def sparse_categorical_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """`categorical_accuracy` of class numbers. As `tf.metrics.sparseCategoricalAccuracy`.

    `y_true` are class numbers of any dtype, [...] or [..., 1]; `y_pred` scores, float32 [..., classes];
    float32 [...]. ShapeError where the shapes do not fit.

    >>> sparse_categorical_accuracy([1, 0], [[0.2, 0.8], [0.4, 0.6]]).numpy().tolist()
    [1.0, 0.0]
    """
    predicted = y_pred.argmax(-1)
    return y_true.cast("int32").reshape(predicted.shape).equal(predicted).cast("float32")


@METRICS.declare()
@takes_arrays
def precision(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """True positives over predicted positives, 0 where there are none. As `tf.metrics.precision`.

    `y_true` are targets and `y_pred` predictions, of one shape; a float32 scalar. What is above 0.5 is
    positive. ShapeError where the shapes do not fit.

    >>> precision([0., 1., 1.], [1., 1., 0.]).item()
    0.5
    """
    positive, predicted = _positives(y_true), _positives(y_pred)
    return _ratio((positive * predicted).sum(), predicted.sum())


@METRICS.declare()
@takes_arrays
def recall(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """True positives over positives, 0 where there are none. As `tf.metrics.recall`.

    `y_true` are targets and `y_pred` predictions, of one shape; a float32 scalar. What is above 0.5 is
    positive. ShapeError where the shapes do not fit.

    >>> recall([0., 1., 1.], [1., 1., 1.]).item()
    1.0
    """
    positive, predicted = _positives(y_true), _positives(y_pred)
    return _ratio((positive * predicted).sum(), positive.sum())


@METRICS.declare()
@takes_arrays
def r2_score(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """1 less the share of the targets' spread that predictions miss. As `tf.metrics.r2Score`.

    `y_true` are targets and `y_pred` predictions, float32 of one shape; a float32 scalar: 1 where all are
    right, NaN or infinite where all targets are equal. ShapeError where the shapes do not fit.

    >>> r2_score([1., 2., 3.], [1., 2., 3.]).item()
    1.0
    """
    return 1.0 - (y_true - y_pred).square().sum() / (y_true - y_true.mean()).square().sum()


def _positives(x: Tensor) -> Tensor:
    # differs from TF.js: positive is what is above 0.5, as in Keras; there only what equals 1
    return (x > 0.5).cast("float32")


def _ratio(part: Tensor, whole: Tensor) -> Tensor:
    return part / (whole + whole.equal(0.0).cast("float32"))


class Fitting(NamedTuple):
    """Metrics of one meaning, of which the loss says which it is; reported under the name `short`."""

    short: str
    binary: Metric
    one_hot: Metric
    class_numbers: Metric


_ACCURACY = Fitting("acc", binary_accuracy, categorical_accuracy, sparse_categorical_accuracy)
_CROSSENTROPY = Fitting("ce", binary_crossentropy, categorical_crossentropy, sparse_categorical_crossentropy)
METRICS.factory("accuracy", lambda: _ACCURACY)
METRICS.factory("acc", lambda: _ACCURACY)
METRICS.factory("crossentropy", lambda: _CROSSENTROPY)
METRICS.factory("ce", lambda: _CROSSENTROPY)


def resolve(metric: Any, loss: Any, output_shape: Any) -> tuple[str, Metric]:
    """Name as reported and function of a metric; "accuracy" is the one that fits the loss, reported as "acc".

    >>> resolve("accuracy", "binaryCrossentropy", (None, 1))[1].__name__
    'binary_accuracy'
    """
    found = METRICS.get(metric)
    if not isinstance(found, Fitting):
        return (metric if isinstance(metric, str) else getattr(metric, "__name__", "metric")), found
    computed = LOSSES.get(loss)
    if output_shape[-1] == 1 or computed is binary_crossentropy:
        return found.short, found.binary
    return found.short, found.class_numbers if computed is sparse_categorical_crossentropy else found.one_hot


mape, mse, mae = mean_absolute_percentage_error, mean_squared_error, mean_absolute_error
cosine = cosine_proximity
