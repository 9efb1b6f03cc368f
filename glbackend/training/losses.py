"""Losses of training by name: functions of targets and predictions that give one value an example.

They are public as `gl.metrics.<name>` with the metrics; `gl.losses` are others, reduced to one number. Which
is which stands in docs/losses-and-metrics.md.
"""

import functools
from collections.abc import Callable
from typing import Any

from glbackend.base.calling import explained
from glbackend.base.registry import Registry
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops import crossentropy
from glbackend.ops.arithmetic import maximum
from glbackend.ops.index import one_hot
from glbackend.ops.logits import logits_of

EPSILON = 1e-7
LARGEST = 3.4028235e38  # of float32
Loss = Callable[[Tensor, Tensor], Tensor]
LOSSES: Registry[Loss] = Registry("loss")


def takes_arrays(function: Loss, *, of_classes: bool = False) -> Callable[[TensorLike, TensorLike], Tensor]:
    """`function` of float32 tensors for all that tensors are made of; its errors name it as users call it.

    Targets that are the numbers of classes (`of_classes`) keep their dtype.
    """
    name = f"metrics.{function.__name__}"

    def numbers(given: TensorLike, what: str) -> Tensor:
        found = as_tensor(given, what, name)
        return found.cast("float32") if found.dtype in ("int32", "bool") else found

    @functools.wraps(function, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
    def call(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
        targets = as_tensor(y_true, "y_true", name) if of_classes else numbers(y_true, "y_true")
        return function(targets, numbers(y_pred, "y_pred"))

    return explained(call, name)


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
def hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """The mean of max(1 - y_true y_pred, 0) over the last axis. As TF.js's loss "hinge".

    `y_true` are targets of -1 or 1, `y_pred` the predictions, float32 [..., n] both; float32 [...].
    ShapeError where the shapes do not fit.

    >>> hinge([[1., -1.]], [[0.5, 1.]]).numpy().tolist()
    [1.25]
    """
    return (1.0 - y_true * y_pred).relu().mean(-1)


@LOSSES.declare()
@takes_arrays
def squared_hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """The mean of max(1 - y_true y_pred, 0)^2 over the last axis. As TF.js's loss "squaredHinge".

    `y_true` are targets of -1 or 1, `y_pred` the predictions, float32 [..., n] both; float32 [...].
    ShapeError where the shapes do not fit.

    >>> squared_hinge([[1., -1.]], [[0.5, 1.]]).numpy().tolist()
    [2.125]
    """
    return (1.0 - y_true * y_pred).relu().square().mean(-1)


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


@LOSSES.declare()
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


@LOSSES.declare()
@takes_arrays
def categorical_crossentropy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """-sum(y_true log(share)) over the last axis. As `tf.metrics.categoricalCrossentropy`.

    `y_true` are one-hot targets or probabilities of any dtype, `y_pred` predicted probabilities, float32, of
    one shape [..., classes]; float32 [...]. Shares are predictions over their sum, held 1e-7 from 0 and 1; of
    what a softmax gave they are exact. ShapeError where the shapes differ.

    >>> round(categorical_crossentropy([[0., 1.]], [[0.5, 0.5]]).item(), 4)
    0.6931
    """
    logits = logits_of(y_pred, "softmax")
    if logits is None:
        return crossentropy.categorical_crossentropy(y_true, y_pred)
    # differs from TF.js: of what a softmax gave the exact loss, as Keras has it; there shares are clipped
    return crossentropy.categorical_crossentropy(y_true, logits, from_logits=True)


@LOSSES.declare()
@takes_classes
def sparse_categorical_crossentropy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """`categorical_crossentropy` of class numbers. As TF.js's loss "sparseCategoricalCrossentropy".

    `y_true` are class numbers of any dtype, [...] or [..., 1]; `y_pred` predicted probabilities, float32
    [..., classes]; float32 [...]. ShapeError where the shapes do not fit.

    >>> round(sparse_categorical_crossentropy([1], [[0.5, 0.5]]).item(), 4)
    0.6931
    """
    classes = y_true.reshape((-1,)).cast("int32")
    hot = one_hot(classes, y_pred.shape[-1]).reshape(y_pred.shape)
    return categorical_crossentropy(hot, y_pred)


@LOSSES.declare("bce")
@takes_arrays
def binary_crossentropy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """The mean of -(t log(p) + (1 - t) log(1 - p)). As `tf.metrics.binaryCrossentropy`.

    t are the targets `y_true`, 0 or 1 or between; p the predicted probabilities `y_pred`, held 1e-7 from 0
    and 1, but exact where a sigmoid gave them; float32 [..., n] both, the mean is over the last axis:
    float32 [...]. ShapeError where the shapes do not fit.

    >>> round(binary_crossentropy([[0., 1.]], [[0.5, 0.5]]).item(), 4)
    0.6931
    """
    logits = logits_of(y_pred, "sigmoid")
    if logits is not None:
        # differs from TF.js: of what a sigmoid gave the exact loss, as Keras has it; there it is clipped
        return (logits.softplus() - logits * y_true).mean(-1)
    p = y_pred.clip_by_value(EPSILON, 1 - EPSILON)
    return -(y_true * p.log() + (1.0 - y_true) * (1.0 - p).log()).mean(-1)


@LOSSES.declare("kld")
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


@LOSSES.declare("cosine")
@takes_arrays
def cosine_proximity(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """-1 times the cosine of the angle between vectors along the last axis. As `tf.metrics.cosineProximity`.

    `y_true` are the targets and `y_pred` the predictions, float32 [..., n] both; float32 [...].
    -1 is alike. ShapeError where the shapes do not fit.

    >>> round(cosine_proximity([[1., 0.]], [[3., 4.]]).item(), 4)
    -0.6
    """
    return -(_unit(y_true) * _unit(y_pred)).sum(-1)


def _unit(x: Tensor) -> Tensor:
    return x / maximum(x.square().sum(-1, True), EPSILON).sqrt()


def get(loss: str | Loss) -> Loss:
    """The loss of that name in any spelling, or the function itself.

    >>> get("meanSquaredError").__name__
    'mean_squared_error'
    """
    return LOSSES.get(loss)


def canonical(loss: Any) -> str | None:
    """The name of a loss of ours ("meanSquaredError", "mse" -> "mean_squared_error"), or None."""
    found = LOSSES.lookup(loss)
    return None if found is None or found.own else found.name
