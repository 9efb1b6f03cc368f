"""Metrics by name: functions of targets and predictions, and which of them "accuracy" means.

What they give is averaged over the examples where it is one value an example. Those that can be losses too
stand in `losses.py`, the classes with state in `metric_classes.py`, `confusion.py` and `scores.py`.
docs/losses-and-metrics.md lists them all.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from glbackend.base.naming import snake_case
from glbackend.base.registry import Registry
from glbackend.engine.tensor import Tensor
from glbackend.training import loss as loss_objects
from glbackend.training.losses import (
    EPSILON,
    LOSSES,
    binary_crossentropy,
    categorical_crossentropy,
    cosine_proximity,
    rows_of,
    sparse_categorical_crossentropy,
    takes_arrays,
    takes_classes,
)
from glbackend.training.metric import MeanMetricWrapper, Metric, ratio
from glbackend.training.targets import SPARSE

MetricFunction = Callable[..., Tensor]
METRICS: Registry[Any] = Registry("metric", parent=LOSSES)
METRIC_CLASSES: Registry[Metric] = Registry(
    "metric class", Metric, parent=METRICS, functions=False, called="metric"
)


@METRICS.declare()
@takes_arrays
def binary_accuracy(y_true: Tensor, y_pred: Tensor, threshold: float = 0.5) -> Tensor:
    """The share of predictions on the right side of 0.5. As `tf.metrics.binaryAccuracy`.

    `y_true` are targets of 0 or 1 and `y_pred` predicted probabilities, float32 [..., n] both; the share is
    taken over the last axis: float32 [...].
    `threshold`: in place of 0.5.

    ShapeError where the shapes do not fit.

    >>> binary_accuracy([[1., 0.]], [[0.9, 0.8]]).numpy().tolist()
    [0.5]
    """
    return (y_pred > threshold).cast("float32").equal(y_true).cast("float32").mean(-1)


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


@METRICS.declare("top_k_accuracy")
@takes_arrays
def top_k_categorical_accuracy(y_true: Tensor, y_pred: Tensor, k: int = 5) -> Tensor:
    """1 where the target's class is among the `k` largest predictions, else 0. As Keras's.

    `y_true` are one-hot targets and `y_pred` scores of the classes, [..., classes] both; float32 [...].
    `k`: how many are looked at; classes of equal score count as one.

    ShapeError where the shapes do not fit.

    >>> top_k_categorical_accuracy([[1., 0., 0.], [0., 0., 1.]], [[0.3, 0.5, 0.2]] * 2, k=2).numpy().tolist()
    [1.0, 0.0]
    """
    return _among_best(rows_of(y_true.argmax(-1), y_pred), y_pred, k)


@METRICS.declare("sparse_top_k_accuracy")
@takes_classes
def sparse_top_k_categorical_accuracy(
    y_true: Tensor, y_pred: Tensor, k: int = 5, from_sorted_ids: bool = False
) -> Tensor:
    """`top_k_categorical_accuracy` of class numbers. As Keras's.

    `y_true` are class numbers of any dtype, [...] or [..., 1]; `y_pred` scores, float32 [..., classes];
    float32 [...].
    `k`: how many are looked at; classes of equal score count as one.
    `from_sorted_ids`: whether predictions are the numbers of classes, the likeliest first.

    ShapeError where the shapes do not fit.

    >>> sparse_top_k_categorical_accuracy([0, 2], [[0.3, 0.5, 0.2]] * 2, k=2).numpy().tolist()
    [1.0, 0.0]
    """
    if not from_sorted_ids:
        return _among_best(rows_of(y_true, y_pred), y_pred, k)
    shape = y_pred.shape[:-1]
    first = y_pred.slice([0] * y_pred.rank, [*shape, min(k, y_pred.shape[-1])])
    return first.equal(y_true.cast("float32").reshape((*shape, 1))).cast("float32").max(-1)


def _among_best(hot: Tensor, y_pred: Tensor, k: int) -> Tensor:
    score = (hot * y_pred).sum(-1, True)
    better = (y_pred > score).cast("float32").sum(-1)
    return (better < float(k)).cast("float32") * hot.sum(-1)


@METRICS.declare()
@takes_arrays
def cosine_similarity(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """The cosine of the angle between vectors, 1 where they are alike. As Keras's metric.

    `y_true` are the targets and `y_pred` the predictions, float32 [..., n] both; float32 [...].
    `axis`: along which the vectors lie.

    `cosine_proximity` is its negative, and so is the loss of this name. ShapeError where the shapes do not
    fit.

    >>> round(cosine_similarity([[1., 0.]], [[3., 4.]]).item(), 4)
    0.6
    """
    return -cosine_proximity(y_true, y_pred, axis=axis)


@METRICS.declare()
@takes_arrays
def pearson_correlation(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """How straight the line is on which targets and predictions lie, from -1 to 1. As Keras's.

    `y_true` are the targets and `y_pred` the predictions, float32 [..., n] both; float32 [...].
    `axis`: along which they are compared.

    ShapeError where the shapes do not fit.

    >>> round(pearson_correlation([[1., 2., 4.]], [[2., 4., 8.]]).item(), 4)
    1.0
    """
    first, second = y_true - y_true.mean(axis, True), y_pred - y_pred.mean(axis, True)
    spreads = (first.square().mean(axis) * second.square().mean(axis)).sqrt()
    return (first * second).mean(axis) / spreads


@METRICS.declare()
@takes_arrays
def concordance_correlation(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """How near targets and predictions lie to being equal, from -1 to 1 (Lin, 1989). As Keras's.

    `y_true` are the targets and `y_pred` the predictions, float32 [..., n] both; float32 [...].
    `axis`: along which they are compared.

    ShapeError where the shapes do not fit.

    >>> round(concordance_correlation([[1., 2., 3.]], [[1., 2., 3.]]).item(), 4)
    1.0
    """
    target, predicted = y_true.mean(axis, True), y_pred.mean(axis, True)
    first, second = y_true - target, y_pred - predicted
    together = (first * second).mean(axis) * 2.0
    apart = (target - predicted).square().mean(axis)
    return together / (first.square().mean(axis) + second.square().mean(axis) + apart + EPSILON)


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
    return ratio((positive * predicted).sum(), predicted.sum())


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
    return ratio((positive * predicted).sum(), positive.sum())


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


class Fitting(NamedTuple):
    """Metrics of one meaning, of which the loss says which it is; `short` is the name of its reports."""

    short: str
    binary: MetricFunction
    one_hot: MetricFunction
    class_numbers: MetricFunction

    def by_shape(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """That of class numbers where the targets have no axis of classes, as Keras chooses."""
        sparse = y_true.rank < y_pred.rank or y_true.shape[-1] < y_pred.shape[-1]
        return (self.class_numbers if sparse else self.one_hot)(y_true, y_pred)


_ACCURACY = Fitting("", binary_accuracy, categorical_accuracy, sparse_categorical_accuracy)
_CROSSENTROPY = Fitting("ce", binary_crossentropy, categorical_crossentropy, sparse_categorical_crossentropy)
METRICS.factory("accuracy", lambda: _ACCURACY)
METRICS.factory("acc", lambda: _ACCURACY)
METRICS.factory("crossentropy", lambda: _CROSSENTROPY)
METRICS.factory("ce", lambda: _CROSSENTROPY)
OVER_THE_EPOCH = {"precision": "Precision", "recall": "Recall", "r2_score": "R2Score"}


def get(given: Any) -> Any:
    """The metric of a name in any spelling or of a saved config: a function, a `Fitting` or a `Metric`.

    What is one number for all examples is the class, which has state over the epoch.

    >>> get("binaryAccuracy").__name__, get("auc").name
    ('binary_accuracy', 'auc')
    """
    if isinstance(given, Mapping) and given.get("class_name") == "function":  # as Keras 3 writes one
        given = given["config"]
    if isinstance(given, Mapping) and given.get("class_name") == MeanMetricWrapper.__name__:
        config = dict(given["config"])
        return MeanMetricWrapper(get(config.pop("fn")), **config)
    if isinstance(given, Mapping | Metric | type):
        return METRIC_CLASSES.get(given)
    if isinstance(given, loss_objects.Loss):
        return given.call
    found = METRICS.lookup(given) if isinstance(given, str) else METRICS.known(given)
    if found is None:
        return METRIC_CLASSES.get(given) if isinstance(given, str) else METRICS.get(given)
    if not found.own and found.name in OVER_THE_EPOCH:
        return METRIC_CLASSES.get(OVER_THE_EPOCH[found.name])
    return found.make({})


def resolve(metric: Any, loss: Any, output_shape: Any) -> tuple[str, Any]:
    """Name as reported and function or `Metric` of a metric; "accuracy" is the one that fits the loss.

    >>> resolve("accuracy", "binaryCrossentropy", (None, 1))[1].__name__
    'binary_accuracy'
    """
    found = get(metric)
    if isinstance(found, Metric):
        return (metric if isinstance(metric, str) else found.name), found
    name = metric if isinstance(metric, str) else getattr(metric, "name", "") or _reported(found)
    if not isinstance(found, Fitting):
        return name, found
    name, computed = found.short or name, None if loss is None else function_of(loss)
    if output_shape[-1] == 1 or computed is binary_crossentropy:
        return name, found.binary
    if _name_of(computed) in SPARSE:
        return name, found.class_numbers
    return name, found.one_hot if LOSSES.knows(computed) else found.by_shape


def _name_of(function: Any) -> str:
    return getattr(function, "__name__", "metric")


def _reported(function: Any) -> str:
    """The name that Keras gives the metric of a function: "lambda" for <lambda>, my_f1 for myF1."""
    return snake_case("".join(part for part in _name_of(function) if part == "_" or part.isalnum()))


def function_of(loss: Any) -> Any:
    """The function that a loss computes."""
    found = loss_objects.get(loss)
    return getattr(found, "function", found)


def as_metric(given: Any, name: str | None = None) -> Metric:
    """A function as a metric with state, under that name; a metric as it is."""
    return given if isinstance(given, Metric) else MeanMetricWrapper(given, name)
