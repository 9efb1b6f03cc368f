"""Losses of training by name: functions of targets and predictions that give one value an example.

They are public as `gl.metrics.<name>`, and as `gl.losses.<name>` where TF.js has not got a function of that
name there. The classes of them stand in `loss_classes.py`, and docs/losses-and-metrics.md lists them all.
"""

import functools
from collections.abc import Callable
from typing import Any

from glbackend.base.calling import explained
from glbackend.base.errors import ArgumentError
from glbackend.base.registry import Registry
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops import crossentropy
from glbackend.ops.arithmetic import maximum, minimum
from glbackend.ops.index import one_hot
from glbackend.ops.logits import logits_of

EPSILON = 1e-7
LARGEST = 3.4028235e38  # of float32
Function = Callable[..., Tensor]  # of targets and predictions
LOSSES: Registry[Function] = Registry("loss")


def takes_arrays(function: Function, *, of_classes: bool = False) -> Function:
    """`function` of float32 tensors for all that tensors are made of; its errors name it as users call it.

    Targets that are the numbers of classes (`of_classes`) keep their dtype. Targets [n] meet predictions
    [n, 1] and the reverse, as the last axis of size 1 is one too many.
    """
    name = f"metrics.{function.__name__}"

    def numbers(given: TensorLike, what: str) -> Tensor:
        found = as_tensor(given, what, name)
        return found.cast("float32") if found.dtype in ("int32", "bool") else found

    @functools.wraps(function, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
    def call(y_true: TensorLike, y_pred: TensorLike, *args: Any, **options: Any) -> Tensor:
        predicted = numbers(y_pred, "y_pred")
        if of_classes:
            return function(as_tensor(y_true, "y_true", name), predicted, *args, **options)
        return function(*alike(numbers(y_true, "y_true"), predicted), *args, **options)

    told = {
        key: one for key, one in function.__annotations__.items() if key not in ("y_true", "y_pred", "return")
    }
    call.__annotations__ = told  # of the options: they are checked, and as_tensor explains the rest
    return explained(explained(call, name, beforehand=True) if told else call, name)


def alike(y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
    """Both of one rank where they differ by a last axis of size 1, which the other one then gets."""
    if y_true.rank + 1 == y_pred.rank and y_pred.shape == (*y_true.shape, 1):
        return y_true.reshape(y_pred.shape), y_pred
    if y_pred.rank + 1 == y_true.rank and y_true.shape == (*y_pred.shape, 1):
        return y_true, y_pred.reshape(y_true.shape)
    return y_true, y_pred


takes_classes = functools.partial(takes_arrays, of_classes=True)


@LOSSES.declare("mse")
@takes_arrays
def mean_squared_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """The mean of (y_true - y_pred)^2 over the last axis. As `tf.metrics.meanSquaredError`.

    `y_true` are the targets and `y_pred` the predictions, float32 [..., n] both; float32 [...].
    ShapeError where the shapes do not fit.

    >>> mean_squared_error([[1., 2.]], [[2., 4.]]).numpy().tolist()
    [2.5]
    """
    return y_true.squared_difference(y_pred).mean(-1)


@LOSSES.declare("mae")
@takes_arrays
def mean_absolute_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """The mean of |y_true - y_pred| over the last axis. As `tf.metrics.meanAbsoluteError`.

    `y_true` are the targets and `y_pred` the predictions, float32 [..., n] both; float32 [...].
    ShapeError where the shapes do not fit.

    >>> mean_absolute_error([[1., 2.]], [[2., 4.]]).numpy().tolist()
    [1.5]
    """
    return (y_pred - y_true).abs().mean(-1)


@LOSSES.declare("mape")
@takes_arrays
def mean_absolute_percentage_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """100 times the mean of |(y_true - y_pred) / y_true| over the last axis.

    `y_true` are the targets and `y_pred` the predictions, float32 [..., n] both; float32 [...].
    Targets nearer to 0 than 1e-7 count as 1e-7. ShapeError where the shapes do not fit. As
    `tf.metrics.meanAbsolutePercentageError`.

    >>> mean_absolute_percentage_error([[1., 2.]], [[2., 4.]]).numpy().tolist()
    [100.0]
    """
    size = y_true.abs().clip_by_value(EPSILON, LARGEST)
    return ((y_true - y_pred) / size).abs().mean(-1) * 100.0


@LOSSES.declare("msle")
@takes_arrays
def mean_squared_logarithmic_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """The mean of (log(1 + y_true) - log(1 + y_pred))^2 over the last axis.

    `y_true` are the targets and `y_pred` the predictions, float32 [..., n] both; float32 [...].
    Values below 1e-7 count as 1e-7. ShapeError where the shapes do not fit. As TF.js's loss
    "meanSquaredLogarithmicError".

    >>> round(mean_squared_logarithmic_error([[0., 3.]], [[1., 3.]]).item(), 4)
    0.2402
    """
    first = y_pred.clip_by_value(EPSILON, LARGEST).log1p()
    second = y_true.clip_by_value(EPSILON, LARGEST).log1p()
    return first.squared_difference(second).mean(-1)


@LOSSES.declare()
@takes_arrays
def hinge(y_true: Tensor, y_pred: Tensor, zero_one: bool = False) -> Tensor:
    """The mean of max(1 - y_true y_pred, 0) over the last axis. As TF.js's loss "hinge".

    `y_true` are targets of -1 or 1, `y_pred` the predictions, float32 [..., n] both; float32 [...]. With
    `zero_one` targets that are all 0 or 1 are read as -1 and 1, as Keras does. ShapeError where the shapes do
    not fit.

    >>> hinge([[1., -1.]], [[0.5, 1.]]).numpy().tolist()
    [1.25]
    """
    return (1.0 - (_signs(y_true) if zero_one else y_true) * y_pred).relu().mean(-1)


def _signs(y_true: Tensor) -> Tensor:
    """Targets of 0 and 1 as -1 and 1, others as they are; found on the device."""
    binary = (y_true.equal(0.0) | y_true.equal(1.0)).cast("float32").min()
    return y_true + binary * (y_true - 1.0)


@LOSSES.declare()
@takes_arrays
def squared_hinge(y_true: Tensor, y_pred: Tensor, zero_one: bool = False) -> Tensor:
    """The mean of max(1 - y_true y_pred, 0)^2 over the last axis. As TF.js's loss "squaredHinge".

    `y_true` are targets of -1 or 1, `y_pred` the predictions, float32 [..., n] both; float32 [...]. With
    `zero_one` targets that are all 0 or 1 are read as -1 and 1, as Keras does. ShapeError where the shapes do
    not fit.

    >>> squared_hinge([[1., -1.]], [[0.5, 1.]]).numpy().tolist()
    [2.125]
    """
    return (1.0 - (_signs(y_true) if zero_one else y_true) * y_pred).relu().square().mean(-1)


@LOSSES.declare()
@takes_arrays
def categorical_hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """max(best wrong score - right score + 1, 0). As TF.js's loss "categoricalHinge".

    `y_true` are one-hot targets, `y_pred` scores, float32 [..., classes] both; float32 [...].
    ShapeError where the shapes do not fit.

    >>> categorical_hinge([[0., 1., 0.]], [[0.5, 0.75, 0.25]]).numpy().tolist()
    [0.75]
    """
    right = (y_true * y_pred).sum(-1)
    wrong = ((1.0 - y_true) * y_pred).max(-1)
    return (wrong - right + 1.0).relu()


@LOSSES.declare("log_cosh")
@takes_arrays
def logcosh(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """The mean of log(cosh(y_pred - y_true)) over the last axis. As TF.js's loss "logcosh".

    `y_true` are the targets and `y_pred` the predictions, float32 [..., n] both; float32 [...].
    ShapeError where the shapes do not fit.

    >>> round(logcosh([[0., 0.]], [[0., 1.]]).item(), 4)
    0.2169
    """
    error = y_pred - y_true
    return (error + (error * -2.0).softplus() - 0.6931471805599453).mean(-1)


@LOSSES.declare("cce")
@takes_arrays
def categorical_crossentropy(
    y_true: Tensor, y_pred: Tensor, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """-sum(y_true log(share)) over the classes. As `tf.metrics.categoricalCrossentropy`.

    `y_true` are one-hot targets or probabilities of any dtype, `y_pred` predicted probabilities, float32, of
    one shape [..., classes]; float32 [...]. Shares are predictions over their sum, held 1e-7 from 0 and 1; of
    what a softmax gave they are exact.
    `from_logits`: whether predictions are logits, whose softmax is meant.
    `label_smoothing`: the share of each target that is spread evenly over all classes.
    `axis`: where the classes lie.

    ShapeError where the shapes differ.

    >>> round(categorical_crossentropy([[0., 1.]], [[0.5, 0.5]]).item(), 4)
    0.6931
    """
    logits = y_pred if from_logits else logits_of(y_pred, "softmax")
    if logits is None:
        given, exact = classes_last(y_pred, axis), False
    else:
        # differs from TF.js: of what a softmax gave the exact loss, as Keras has it; there shares are clipped
        given, exact = classes_last(logits, axis), True
    target = smoothed(classes_last(y_true, axis), label_smoothing)
    return crossentropy.categorical_crossentropy(target, given, from_logits=exact)


def classes_last(x: Tensor, axis: int) -> Tensor:
    """x with that axis as its last."""
    rank = x.rank
    if not -rank <= axis < rank:
        raise ArgumentError(f"axis {axis} is not one of a tensor of shape {list(x.shape)}")
    place = axis % rank
    return x if place == rank - 1 else x.transpose([*(i for i in range(rank) if i != place), place])


def smoothed(y_true: Tensor, label_smoothing: float) -> Tensor:
    """Targets of classes, of which that share is spread over all."""
    if not label_smoothing:
        return y_true
    _check_smoothing(label_smoothing)
    return y_true * (1.0 - label_smoothing) + label_smoothing / y_true.shape[-1]


def moved_to_half(y_true: Tensor, label_smoothing: float) -> Tensor:
    """Targets of 0 and 1, moved by that share to 1/2."""
    if not label_smoothing:
        return y_true
    _check_smoothing(label_smoothing)
    return y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing


def _check_smoothing(label_smoothing: float) -> None:
    if not 0 <= label_smoothing <= 1:
        raise ArgumentError(f"label_smoothing must lie in [0, 1], got {label_smoothing}")


@LOSSES.declare()
@takes_classes
def sparse_categorical_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Tensor:
    """`categorical_crossentropy` of class numbers. As TF.js's loss "sparseCategoricalCrossentropy".

    `y_true` are class numbers of any dtype, [...] or [..., 1]; `y_pred` predicted probabilities, float32
    [..., classes]; float32 [...].
    `from_logits`: whether predictions are logits, whose softmax is meant.
    `ignore_class`: a class number whose examples cost nothing; the loss class leaves them out of the mean.
    `axis`: where the classes lie.

    ShapeError where the shapes do not fit.

    >>> round(sparse_categorical_crossentropy([1], [[0.5, 0.5]]).item(), 4)
    0.6931
    """
    logits = y_pred if from_logits else logits_of(y_pred, "softmax")
    given = classes_last(y_pred if logits is None else logits, axis)
    hot = rows_of(y_true, given)
    if ignore_class is not None:
        hot = hot * y_true.not_equal(ignore_class).cast("float32").reshape((*given.shape[:-1], 1))
    return crossentropy.categorical_crossentropy(hot, given, from_logits=logits is not None)


def rows_of(classes: Tensor, y_pred: Tensor) -> Tensor:
    """Class numbers as one-hot rows of the shape of predictions; zeros for a class that does not exist."""
    hot = one_hot(classes.reshape((-1,)).cast("int32"), y_pred.shape[-1], dtype="float32")
    return hot.reshape(y_pred.shape)


@LOSSES.declare("bce")
@takes_arrays
def binary_crossentropy(
    y_true: Tensor, y_pred: Tensor, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """The mean of -(t log(p) + (1 - t) log(1 - p)). As `tf.metrics.binaryCrossentropy`.

    t are the targets `y_true`, 0 or 1 or between; p the predicted probabilities `y_pred`, held 1e-7 from 0
    and 1, but exact where a sigmoid gave them; float32 [..., n] both, the mean is over the last axis:
    float32 [...].
    `from_logits`: whether predictions are logits, whose sigmoid is meant.
    `label_smoothing`: the share by which targets are moved to 1/2.
    `axis`: the axis that the mean is taken over.

    ShapeError where the shapes do not fit.

    >>> round(binary_crossentropy([[0., 1.]], [[0.5, 0.5]]).item(), 4)
    0.6931
    """
    target = moved_to_half(y_true, label_smoothing)
    logits = y_pred if from_logits else logits_of(y_pred, "sigmoid")
    if logits is not None:
        # differs from TF.js: of what a sigmoid gave the exact loss, as Keras has it; there it is clipped
        return (logits.softplus() - logits * target).mean(axis)
    p = y_pred.clip_by_value(EPSILON, 1 - EPSILON)
    return -(target * p.log() + (1.0 - target) * (1.0 - p).log()).mean(axis)


@LOSSES.declare("kld", "kl_divergence")
@takes_arrays
def kullback_leibler_divergence(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """The sum of y_true log(y_true / y_pred) over the last axis (Kullback and Leibler, 1951).

    `y_true` and `y_pred` are probabilities, float32 [..., n] both; float32 [...]. In the quotient they are
    held to [1e-7, 1]. ShapeError where the shapes do not fit. As TF.js's loss "kullbackLeiblerDivergence".

    >>> round(kullback_leibler_divergence([[0., 1.]], [[0.5, 0.5]]).item(), 4)
    0.6931
    """
    t, p = y_true.clip_by_value(EPSILON, 1.0), y_pred.clip_by_value(EPSILON, 1.0)
    return (y_true * (t / p).log()).sum(-1)


@LOSSES.declare()
@takes_arrays
def poisson(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """The mean of y_pred - y_true log(y_pred + 1e-7) over the last axis. As TF.js's loss "poisson".

    `y_true` are counts and `y_pred` predicted means, not negative, float32 [..., n] both; float32 [...].
    ShapeError where the shapes do not fit.

    >>> round(poisson([[1., 2.]], [[1., 1.]]).item(), 4)
    1.0
    """
    return (y_pred - y_true * (y_pred + EPSILON).log()).mean(-1)


@LOSSES.declare("cosine", "cosine_similarity")
@takes_arrays
def cosine_proximity(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """-1 times the cosine of the angle between vectors. As `tf.metrics.cosineProximity`.

    `y_true` are the targets and `y_pred` the predictions, float32 [..., n] both; float32 [...].
    `axis`: along which the vectors lie.

    -1 is alike. ShapeError where the shapes do not fit.

    >>> round(cosine_proximity([[1., 0.]], [[3., 4.]]).item(), 4)
    -0.6
    """
    return -(_unit(y_true, axis) * _unit(y_pred, axis)).sum(axis)


def _unit(x: Tensor, axis: int) -> Tensor:
    return x / maximum(x.square().sum(axis, True), EPSILON).sqrt()


@LOSSES.declare("huber_loss")
@takes_arrays
def huber(y_true: Tensor, y_pred: Tensor, delta: float = 1.0) -> Tensor:
    """The mean over the last axis of e^2 / 2 for errors e up to `delta`, and linear beyond. As Keras's.

    `y_true` are the targets and `y_pred` the predictions, float32 [..., n] both; float32 [...].
    `delta`: where the square turns into a line.

    ShapeError where the shapes do not fit.

    >>> huber([[0., 0.]], [[1., 3.]]).numpy().tolist()
    [1.5]
    """
    error = (y_pred - y_true).abs()
    within = minimum(error, delta)
    return (within * (error - within * 0.5)).mean(-1)


def canonical(loss: Any) -> str | None:
    """The name of a loss of ours ("meanSquaredError", "mse" -> "mean_squared_error"), or None."""
    found = LOSSES.lookup(loss)
    return None if found is None or found.own else found.name
