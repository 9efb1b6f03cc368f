"""Scores of sums over all examples seen: F-beta and R2."""

from typing import Any

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import TensorLike
from glbackend.engine.tape import nothing_recorded
from glbackend.engine.tensor import Tensor, Variable
from glbackend.ops.concat import stack
from glbackend.ops.create import fill
from glbackend.training.loss import spread
from glbackend.training.losses import EPSILON, alike
from glbackend.training.metric import Metric, numbers
from glbackend.training.metrics import METRIC_CLASSES


class _Columns(Metric):
    """A metric of sums over the examples, of [examples, columns], a sum for each column."""

    kinds = 0  # how many sums

    def __init__(self, name: str | None, dtype: Any) -> None:
        super().__init__(name, dtype)
        self.seen: Variable | None = None  # [kinds, columns], once their number is known

    def pair(self, y_true: TensorLike, y_pred: TensorLike) -> tuple[Tensor, Tensor]:
        """Targets and predictions [examples, columns]; ShapeError for others."""
        target, predicted = alike(numbers(y_true, "y_true", self.name), numbers(y_pred, "y_pred", self.name))
        if predicted.rank != 2 or target.shape != predicted.shape:
            raise ShapeError(
                f"{self.name}: targets and predictions must be [examples, columns], "
                f"got {list(target.shape)} and {list(predicted.shape)}"
            )
        return target, predicted

    def weights(self, sample_weight: TensorLike | None, like: Tensor) -> Tensor:
        """A weight for each value."""
        if sample_weight is None:
            return fill(like.shape, 1.0)
        given = numbers(sample_weight, "sample_weight", self.name)
        return spread(given, like, f"{self.name}: predictions have shape", "weights") * fill(like.shape, 1.0)

    def take(self, sums: list[Tensor]) -> None:
        """Adds the sums of a batch, each [columns]."""
        given = stack(sums)
        if self.seen is None:
            self.seen = self.add_variable(given.shape, "zeros", "sums")
        self.add_to(self.seen, given)

    def sums(self) -> list[Tensor]:
        """What was added up, each [columns]."""
        return [fill([1], 0.0)] * self.kinds if self.seen is None else self.seen.unstack(0)


@METRIC_CLASSES.declare()
class FBetaScore(_Columns):
    """The harmonic mean of precision and recall, in which recall weighs `beta` squared. As Keras's.

    `average`: of the classes: None for a score each, "macro" their mean, "weighted" by how often they occur,
    "micro" one score of all values.
    `beta`: see there.
    `threshold`: above which a prediction is positive; where it is None the largest one of an example is.
    `name`, `dtype`: as of `Metric`.

    >>> FBetaScore(beta=2.0)([[1., 1.], [0., 1.]], [[0.9, 0.1], [0.2, 0.8]]).numpy().round(3).tolist()
    [1.0, 0.5559999942779541]
    """

    kinds = 4

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
    ) -> None:
        if average not in (None, "micro", "macro", "weighted"):
            raise ArgumentError(f"average must be None, 'micro', 'macro' or 'weighted', got {average!r}")
        if beta <= 0:
            raise ArgumentError(f"beta must be above 0, got {beta}")
        if threshold is not None and not 0 < threshold <= 1:
            raise ArgumentError(f"threshold must lie in (0, 1], got {threshold}")
        super().__init__(name, dtype)
        self.average, self.beta, self.threshold = average, float(beta), threshold

    def update_state(
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        with nothing_recorded():
            target, predicted = self.pair(y_true, y_pred)
            if self.threshold is None:
                largest = (predicted >= predicted.max(-1, True)) & (predicted.abs() > 1e-9)
                positive = largest.cast("float32")
            else:
                positive = (predicted > self.threshold).cast("float32")
            scales = self.weights(sample_weight, predicted)
            given = (positive * target, positive * (1.0 - target), (1.0 - positive) * target, target)
            self.take([(one * scales).sum(0) for one in given])

    def result(self) -> Tensor:
        right, wrong, missed, occurring = (
            one.sum(0, True) if self.average == "micro" else one for one in self.sums()
        )
        precision, recall = right / (right + wrong + EPSILON), right / (right + missed + EPSILON)
        square = self.beta**2
        score = precision * recall / (precision * square + recall + EPSILON) * (1.0 + square)
        if self.average == "weighted":
            return (score * (occurring / (occurring.sum() + EPSILON))).sum()
        return score if self.average is None else score.mean()


@METRIC_CLASSES.declare()
class F1Score(FBetaScore):
    """The harmonic mean of precision and recall. As Keras's.

    `average`: of the classes: None for a score each, "macro" their mean, "weighted" by how often they occur,
    "micro" one score of all values.
    `threshold`: above which a prediction is positive; where it is None the largest one of an example is.
    `name`, `dtype`: as of `Metric`.

    >>> F1Score("micro")([[1., 0.], [0., 1.]], [[0.9, 0.1], [0.8, 0.2]]).numpy().round(3).item()
    0.5
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)


AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")


@METRIC_CLASSES.declare()
class R2Score(_Columns):
    """1 less the share of the targets' spread that predictions miss, of all examples seen. As Keras's.

    `class_aggregation`: of the columns of [examples, columns]: "uniform_average" their mean,
    "variance_weighted_average" by their spread, None for a score each.
    `num_regressors`: of the model, for the adjusted score; 0 for the plain one, which is also given for too
    few examples.
    `name`, `dtype`: as of `Metric`.

    >>> R2Score()([[1.], [2.], [3.]], [[1.], [2.], [3.]]).item()
    1.0
    """

    kinds = 4

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
    ) -> None:
        if class_aggregation not in AGGREGATIONS:
            raise ArgumentError(
                f"class_aggregation must be one of {', '.join(map(repr, AGGREGATIONS))}, "
                f"got {class_aggregation!r}"
            )
        if num_regressors < 0:
            raise ArgumentError(f"num_regressors must be at least 0, got {num_regressors}")
        super().__init__(name, dtype)
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        self.number = self.add_variable([], "zeros", "number")

    def update_state(
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        with nothing_recorded():
            target, predicted = self.pair(y_true, y_pred)
            scales = self.weights(sample_weight, predicted)
            weighed = target * scales
            missed = target.squared_difference(predicted) * scales
            self.take([one.sum(0) for one in (scales, weighed, weighed * target, missed)])
            self.add_to(self.number, fill([], float(target.size)))

    def result(self) -> Tensor:
        count, total, squares, missed = self.sums()
        spread_out = squares - total * (total / count)
        # all of a class equal: there is nothing to explain
        scores = (1.0 - missed / spread_out).where(spread_out.not_equal(0.0) | missed.equal(0.0), 0.0)
        if self.class_aggregation == "uniform_average":
            score = scores.mean()
        elif self.class_aggregation == "variance_weighted_average":
            score = (spread_out * scores).sum() / spread_out.sum()
        else:
            score = scores
        if not self.num_regressors:
            return score
        left = self.number - float(self.num_regressors + 1)
        adjusted = 1.0 - (1.0 - score) * (self.number - 1.0) / left
        return adjusted.where(left > 0.0, score)
