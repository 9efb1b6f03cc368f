"""Metrics of right and wrong positives at thresholds: precision, recall, the area under a curve, ..."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import TensorLike
from glbackend.engine.tape import nothing_recorded
from glbackend.engine.tensor import Tensor, Variable
from glbackend.ops.concat import stack
from glbackend.ops.create import tensor
from glbackend.ops.index import one_hot
from glbackend.training.loss import spread
from glbackend.training.losses import EPSILON, alike
from glbackend.training.metric import Metric, numbers, ratio
from glbackend.training.metrics import METRIC_CLASSES

LOWEST = -1e10  # below all predictions: what is not among the best k
Thresholds = float | Sequence[float] | None


def even(count: int) -> list[float]:
    """So many thresholds from 0 to 1, as far apart from each other."""
    return [0.5] if count == 1 else [i / (count - 1) for i in range(count)]


class Confusion(Metric):
    """Base of metrics of positives: how many are right and wrong at each of some thresholds.

    A prediction above a threshold is positive there. `counted` is [labels, thresholds, 2], right and wrong
    positives, and `of_all` [labels, 1, 2] the examples of class 1 and 0; there is one label unless each is
    counted for itself.
    """

    def __init__(
        self,
        thresholds: Sequence[float],
        name: str | None,
        dtype: Any,
        top_k: int | None = None,
        class_id: int | None = None,
        each_label: bool = False,
        label_weights: Sequence[float] | None = None,
    ) -> None:
        super().__init__(name, dtype)
        for one in thresholds:
            if one != LOWEST and not -EPSILON <= one <= 1 + EPSILON:
                raise ArgumentError(f"{self.name}: thresholds must lie in [0, 1], got {one}")
        if top_k is not None and top_k < 1:
            raise ArgumentError(f"{self.name}: top_k must be at least 1, got {top_k}")
        self.limits = np.array(thresholds, np.float32)
        steps = len(thresholds) - 1
        inner = np.clip(np.array(thresholds), 0, 1)
        # between even thresholds a prediction falls into the step that its product with their number says
        self.steps = steps if steps > 1 and np.allclose(inner, np.linspace(0, 1, steps + 1), atol=1e-6) else 0
        self.among, self.only = top_k, class_id
        self.each_label, self.of_labels = each_label, label_weights
        self.counted: Variable | None = None
        self.of_all: Variable | None = None
        if not each_label:
            self._make(1)

    def update_state(
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        with nothing_recorded():
            right, predicted = self._pair(y_true, y_pred)
            wrong, labels = 1.0 - right, predicted.shape[-1] if self.each_label else 1
            if sample_weight is not None:
                given = numbers(sample_weight, "sample_weight", self.name)
                scales = spread(given, predicted, f"{self.name}: predictions have shape", "weights")
                right, wrong = right * scales, wrong * scales
            if self.of_labels is not None and not self.each_label:
                scales = tensor(np.array(self.of_labels, np.float32))
                right, wrong = right * scales, wrong * scales
            columns = stack([self._rows(right, labels), self._rows(wrong, labels)], 2)  # [labels, n, 2]
            above = self._above(self._rows(predicted, labels))
            self._add(above.matmul(columns), columns.sum(1, True))

    def _pair(self, y_true: TensorLike, y_pred: TensorLike) -> tuple[Tensor, Tensor]:
        target, predicted = numbers(y_true, "y_true", self.name), numbers(y_pred, "y_pred", self.name)
        target, predicted = alike(target, predicted)
        if target.shape != predicted.shape:
            raise ShapeError(
                f"{self.name}: targets {list(target.shape)} and predictions {list(predicted.shape)} "
                f"must have one shape"
            )
        if self.among is not None:
            chosen = predicted.topk(self.among).indices
            among = one_hot(chosen, predicted.shape[-1], dtype="float32").sum(-2)
            predicted = predicted.where(among > 0.5, LOWEST)
        if self.only is not None:
            if not predicted.rank > 1 or not 0 <= self.only < predicted.shape[-1]:
                raise ShapeError(f"{self.name}: there is no class {self.only} in {list(predicted.shape)}")
            begin, size = [0] * (predicted.rank - 1), list(predicted.shape[:-1])
            target = target.slice([*begin, self.only], [*size, 1])
            predicted = predicted.slice([*begin, self.only], [*size, 1])
        return target.not_equal(0.0).cast("float32"), predicted

    def _rows(self, x: Tensor, labels: int) -> Tensor:
        """[labels, n]: all in one row, or each label by itself."""
        return x.reshape((-1, labels)).transpose([1, 0]) if self.each_label else x.reshape((1, -1))

    def _above(self, predicted: Tensor) -> Tensor:
        """1 where a prediction [labels, n] is above a threshold: [labels, thresholds, n]."""
        rows = predicted.expand_dims(1)
        if not self.steps:
            return (rows > tensor(self.limits).reshape((1, -1, 1))).cast("float32")
        place = (rows.clip_by_value(0.0, 1.0) * float(self.steps)).ceil()
        if self.limits[0] < 0:
            place = place.maximum(1.0)  # above the first threshold is all, above the last one nothing
        places = np.arange(self.steps + 1, dtype=np.float32)
        return (place > tensor(places).reshape((1, -1, 1))).cast("float32")

    def _make(self, labels: int) -> None:
        self.counted = self.add_variable([labels, len(self.limits), 2], "zeros", "counted")
        self.of_all = self.add_variable([labels, 1, 2], "zeros", "of_all")

    def _add(self, counted: Tensor, of_all: Tensor) -> None:
        if self.counted is None:
            self._make(counted.shape[0])
        assert self.counted is not None and self.of_all is not None
        self.add_to(self.counted, counted)
        self.add_to(self.of_all, of_all)

    def counts(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """True and false positives, true and false negatives, each [labels, thresholds]."""
        if self.counted is None or self.of_all is None:
            none = tensor(np.zeros((1, len(self.limits)), np.float32))
            return none, none, none, none
        true, false = self.counted.unstack(2)
        ones, zeros = self.of_all.unstack(2)
        return true, false, zeros - false, ones - true

    def at_thresholds(self, values: Tensor) -> Tensor:
        """[1, thresholds] as the result: a number where there is one threshold."""
        return values.reshape(() if len(self.limits) == 1 else (-1,))


def listed(thresholds: Thresholds, default: float = 0.5) -> list[float]:
    """Thresholds as a list."""
    if thresholds is None:
        return [default]
    return [float(one) for one in np.ravel(np.array(thresholds))]


class _Count(Confusion):
    which = 0

    def __init__(self, thresholds: Thresholds = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(listed(thresholds), name, dtype)
        self.thresholds = thresholds

    def result(self) -> Tensor:
        return self.at_thresholds(self.counts()[self.which])


@METRIC_CLASSES.declare()
class TruePositives(_Count):
    """The number of positives that are right. As Keras's.

    `thresholds`: above which a prediction is positive, 0.5 or a list, which gives a number for each.
    `name`, `dtype`: as of `Metric`.

    >>> TruePositives()([0., 1., 1.], [1., 1., 0.]).item()
    1.0
    """


@METRIC_CLASSES.declare()
class FalsePositives(_Count):
    """The number of positives that are wrong. As Keras's.

    `thresholds`: above which a prediction is positive, 0.5 or a list, which gives a number for each.
    `name`, `dtype`: as of `Metric`.

    >>> FalsePositives()([0., 1., 0.], [1., 1., 1.]).item()
    2.0
    """

    which = 1


@METRIC_CLASSES.declare()
class TrueNegatives(_Count):
    """The number of negatives that are right. As Keras's.

    `thresholds`: above which a prediction is positive, 0.5 or a list, which gives a number for each.
    `name`, `dtype`: as of `Metric`.

    >>> TrueNegatives()([0., 1., 0.], [0., 0., 0.]).item()
    2.0
    """

    which = 2


@METRIC_CLASSES.declare()
class FalseNegatives(_Count):
    """The number of negatives that are wrong. As Keras's.

    `thresholds`: above which a prediction is positive, 0.5 or a list, which gives a number for each.
    `name`, `dtype`: as of `Metric`.

    >>> FalseNegatives()([0., 1., 0.], [0., 0., 0.]).item()
    1.0
    """

    which = 3


class _Share(Confusion):
    """The share of right positives in something."""

    def __init__(
        self,
        thresholds: Thresholds = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        default = 0.5 if top_k is None else LOWEST
        super().__init__(listed(thresholds, default), name, dtype, top_k, class_id)
        self.thresholds, self.top_k, self.class_id = thresholds, top_k, class_id


@METRIC_CLASSES.declare()
class Precision(_Share):
    """The share of positives that are right, of all examples seen. As Keras's.

    `thresholds`: above which a prediction is positive, 0.5 or a list, which gives a share for each.
    `top_k`: only the so many largest predictions of an example can be positive; they all are where
    `thresholds` is None.
    `class_id`: the one class that counts.
    `name`, `dtype`: as of `Metric`.

    >>> Precision()([0., 1., 1.], [1., 1., 0.]).item()
    0.5
    """

    def result(self) -> Tensor:
        true, false, _, _ = self.counts()
        return self.at_thresholds(ratio(true, true + false))


@METRIC_CLASSES.declare()
class Recall(_Share):
    """The share of the examples of class 1 that are positives, of all examples seen. As Keras's.

    `thresholds`: above which a prediction is positive, 0.5 or a list, which gives a share for each.
    `top_k`: only the so many largest predictions of an example can be positive; they all are where
    `thresholds` is None.
    `class_id`: the one class that counts.
    `name`, `dtype`: as of `Metric`.

    >>> Recall()([0., 1., 1.], [1., 1., 0.]).item()
    0.5
    """

    def result(self) -> Tensor:
        true, _, _, missed = self.counts()
        return self.at_thresholds(ratio(true, true + missed))
