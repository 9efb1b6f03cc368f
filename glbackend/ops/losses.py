"""Losses of tensors, weighted and reduced, as `tf.losses`; those of models are in training/losses.py."""

from enum import IntEnum

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.activation import softplus
from glbackend.ops.arithmetic import minimum
from glbackend.ops.create import ones
from glbackend.ops.crossentropy import categorical_crossentropy
from glbackend.ops.op import op


@op(method=False)
class Reduction(IntEnum):
    """How losses become one number. As `tf.Reduction`.

    NONE keeps them, MEAN divides by the sum of weights, SUM does not divide, SUM_BY_NONZERO_WEIGHTS divides
    by the number of weights that are not 0.

    >>> Reduction.MEAN.value
    1
    """

    NONE = 0
    MEAN = 1
    SUM = 2
    SUM_BY_NONZERO_WEIGHTS = 3


Weights = TensorLike | None
DEFAULT = Reduction.SUM_BY_NONZERO_WEIGHTS


@op(method=False, namespace="losses")
def compute_weighted_loss(losses: TensorLike, weights: Weights = None, reduction: int = DEFAULT) -> Tensor:
    """`losses` times `weights`, as one number. As `tf.losses.computeWeightedLoss`.

    `losses`: any tensor.
    `weights`: what broadcasts to the losses; None for ones.
    `reduction`: how they become a number, a `Reduction`; with Reduction.NONE they stay as they are.

    Raises ArgumentError for an unknown reduction.

    >>> compute_weighted_loss([1., 2., 3.], [1., 0., 1.]).item()
    2.0
    """
    values = as_tensor(losses, "losses", "compute_weighted_loss")
    scales = None if weights is None else as_tensor(weights, "weights", "compute_weighted_loss")
    weighted = values if scales is None else values * scales
    if reduction not in list(Reduction):
        raise ArgumentError(
            f"compute_weighted_loss: unknown reduction {reduction!r}: use {', '.join(Reduction.__members__)}"
        )
    if reduction == Reduction.NONE:
        return weighted
    if reduction == Reduction.SUM:
        return weighted.sum()
    if scales is None:
        return weighted.mean()
    if reduction == Reduction.MEAN:
        repeats = values.size / scales.size if scales.size else 1.0
        quotient = weighted.sum() / scales.sum()
        return quotient * (1.0 / repeats) if repeats > 1 else quotient
    spread = scales * ones(values.shape)
    return weighted.sum() / spread.not_equal(0.0).sum().cast("float32")


def _pair(
    op_name: str, labels: TensorLike, predictions: TensorLike, name: str = "predictions"
) -> tuple[Tensor, Tensor]:
    first, second = as_tensor(labels, "labels", op_name), as_tensor(predictions, name, op_name)
    if first.shape != second.shape:
        raise ShapeError(
            f"{op_name}: labels have shape {list(first.shape)}, {name} {list(second.shape)}: must be equal"
        )
    return first, second


@op(method=False, namespace="losses")
def absolute_difference(
    labels: TensorLike, predictions: TensorLike, weights: Weights = None, reduction: int = DEFAULT
) -> Tensor:
    """|labels - predictions|, weighed and reduced. As `tf.losses.absoluteDifference`.

    `labels` and `predictions`: of one shape, else ShapeError.
    `weights`, `reduction`: as in `compute_weighted_loss`.

    >>> absolute_difference([1., 2.], [2., 4.]).item()
    1.5
    """
    y, p = _pair("absolute_difference", labels, predictions)
    return compute_weighted_loss((y - p).abs(), weights, reduction)


@op(method=False, namespace="losses")
def mean_squared_error(
    labels: TensorLike, predictions: TensorLike, weights: Weights = None, reduction: int = DEFAULT
) -> Tensor:
    """(labels - predictions)^2, weighed and reduced. As `tf.losses.meanSquaredError`.

    `labels` and `predictions`: of one shape, else ShapeError.
    `weights`, `reduction`: as in `compute_weighted_loss`.

    >>> mean_squared_error([1., 2.], [2., 4.]).item()
    2.5
    """
    y, p = _pair("mean_squared_error", labels, predictions)
    return compute_weighted_loss(y.squared_difference(p), weights, reduction)


@op(method=False, namespace="losses")
def cosine_distance(
    labels: TensorLike, predictions: TensorLike, axis: int, weights: Weights = None, reduction: int = DEFAULT
) -> Tensor:
    """1 - the sum of labels times predictions along `axis`, which stays as 1. As `tf.losses.cosineDistance`.

    `labels` and `predictions`: of one shape, else ShapeError; taken to be of unit length along the axis.
    `weights`, `reduction`: as in `compute_weighted_loss`.

    >>> cosine_distance([[1., 0.]], [[0.6, 0.8]], 1).numpy().round(3).tolist()
    0.4000000059604645
    """
    y, p = _pair("cosine_distance", labels, predictions)
    return compute_weighted_loss(1.0 - (y * p).sum(axis, True), weights, reduction)


@op(method=False, namespace="losses")
def hinge_loss(
    labels: TensorLike, predictions: TensorLike, weights: Weights = None, reduction: int = DEFAULT
) -> Tensor:
    """max(0, 1 - (2 labels - 1) predictions), weighed and reduced. As `tf.losses.hingeLoss`.

    `labels` of 0 and 1, and `predictions`: of one shape, else ShapeError.
    `weights`, `reduction`: as in `compute_weighted_loss`.

    >>> hinge_loss([1., 0.], [0.5, -3.]).item()
    0.25
    """
    y, p = _pair("hinge_loss", labels, predictions)
    return compute_weighted_loss((1.0 - (y * 2.0 - 1.0) * p).relu(), weights, reduction)


@op(method=False, namespace="losses")
def huber_loss(
    labels: TensorLike,
    predictions: TensorLike,
    weights: Weights = None,
    delta: float = 1.0,
    reduction: int = DEFAULT,
) -> Tensor:
    """e^2 / 2 for errors e up to `delta`, linear beyond: delta (e - delta / 2). As `tf.losses.huberLoss`.

    `labels` and `predictions`: of one shape, else ShapeError; e is the absolute difference.
    `weights`, `reduction`: as in `compute_weighted_loss`.

    >>> huber_loss([0., 0.], [1., 3.]).item()
    1.5
    """
    y, p = _pair("huber_loss", labels, predictions)
    error = (p - y).abs()
    near = minimum(error, delta)
    return compute_weighted_loss(near.square() * 0.5 + (error - near) * delta, weights, reduction)


@op(method=False, namespace="losses")
def log_loss(
    labels: TensorLike,
    predictions: TensorLike,
    weights: Weights = None,
    epsilon: float = 1e-7,
    reduction: int = DEFAULT,
) -> Tensor:
    """-labels log(p + epsilon) - (1 - labels) log(1 - p + epsilon), p being the predictions.

    `labels` and `predictions`: of one shape, else ShapeError; predictions in [0, 1].
    `epsilon`: keeps the logarithm finite.
    `weights`, `reduction`: as in `compute_weighted_loss`.

    As `tf.losses.logLoss`.

    >>> round(log_loss([1., 0.], [0.5, 0.5]).item(), 4)
    0.6931
    """
    y, p = _pair("log_loss", labels, predictions)
    losses = -(y * (p + epsilon).log()) - (1.0 - y) * (1.0 - p + epsilon).log()
    return compute_weighted_loss(losses, weights, reduction)


@op(method=False, namespace="losses")
def sigmoid_cross_entropy(
    multi_class_labels: TensorLike,
    logits: TensorLike,
    weights: Weights = None,
    label_smoothing: float = 0,
    reduction: int = DEFAULT,
) -> Tensor:
    """log(1 + e^x) - labels x for logits x, exact for large ones too. As `tf.losses.sigmoidCrossEntropy`.

    `multi_class_labels` and `logits`: of one shape, else ShapeError; labels in [0, 1].
    `label_smoothing`: share by which labels are moved to 1/2.
    `weights`, `reduction`: as in `compute_weighted_loss`.

    The gradient at 0 is 1/2 - labels (TF.js: -labels).

    >>> round(sigmoid_cross_entropy([1., 0.], [0., 0.]).item(), 4)
    0.6931
    """
    y, x = _pair("sigmoid_cross_entropy", multi_class_labels, logits, "logits")
    if label_smoothing > 0:
        y = y * (1.0 - label_smoothing) + 0.5 * label_smoothing
    return compute_weighted_loss(softplus(x) - x * y, weights, reduction)


@op(method=False, namespace="losses")
def softmax_cross_entropy(
    onehot_labels: TensorLike,
    logits: TensorLike,
    weights: Weights = None,
    label_smoothing: float = 0,
    reduction: int = DEFAULT,
) -> Tensor:
    """-sum of labels times log_softmax(logits) over the last axis. As `tf.losses.softmaxCrossEntropy`.

    `onehot_labels` and `logits`: [..., classes] both, else ShapeError; losses and weights have no class axis.
    `label_smoothing`: share by which labels are moved to 1 / classes.
    `weights`, `reduction`: as in `compute_weighted_loss`.

    >>> round(softmax_cross_entropy([[1., 0.]], [[0., 0.]]).item(), 4)
    0.6931
    """
    y, x = _pair("softmax_cross_entropy", onehot_labels, logits, "logits")
    if label_smoothing > 0:
        y = y * (1.0 - label_smoothing) + label_smoothing / y.shape[-1]
    return compute_weighted_loss(categorical_crossentropy(y.cast("float32"), x, True), weights, reduction)
