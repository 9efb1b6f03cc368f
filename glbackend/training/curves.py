"""Metrics of a curve over thresholds: the area under it, and the best of one share at another."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.counts import count_of
from glbackend.base.errors import ArgumentError
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.arithmetic import maximum, minimum
from glbackend.training.confusion import Confusion, even
from glbackend.training.losses import EPSILON
from glbackend.training.metric import ratio
from glbackend.training.metrics import METRIC_CLASSES

MOST_THRESHOLDS = 1 << 20
CURVES, SUMMATIONS = ("ROC", "PR", "PRGAIN"), ("interpolation", "minoring", "majoring")


@METRIC_CLASSES.declare()
class AUC(Confusion):
    """The area under a curve of right and wrong positives over thresholds. As Keras's.

    `num_thresholds`: how many thresholds from 0 to 1 the curve has.
    `curve`: "ROC" (true over false positives), "PR" (precision over recall) or "PRGAIN" (of their gains).
    `summation_method`: how the area between thresholds is found: "interpolation", "minoring" or "majoring".
    `name`, `dtype`: as of `Metric`.
    `thresholds`: the inner thresholds themselves, in place of their number.
    `multi_label`: whether each column of [examples, labels] has an area of its own; their mean is given.
    `num_labels`: how many those are.
    `label_weights`: the weights of the labels.
    `from_logits`: whether predictions are logits, whose sigmoid is meant.

    >>> AUC(num_thresholds=3)([0., 0., 1., 1.], [0., 0.5, 0.3, 0.9]).item()
    0.75
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
    ) -> None:
        self.curve, self.summation_method = str(curve).upper(), str(summation_method).lower()
        for what, value, known in (
            ("curve", self.curve, CURVES),
            ("summation_method", self.summation_method, SUMMATIONS),
        ):
            if value not in known:
                raise ArgumentError(f"auc: {what} must be one of {', '.join(known)}, got {value!r}")
        if thresholds is None:
            num_thresholds = count_of(num_thresholds, "num_thresholds", "auc", 2, MOST_THRESHOLDS)
        if num_labels and not multi_label:
            raise ArgumentError("auc: num_labels needs multi_label=True")
        inner = even(num_thresholds)[1:-1] if thresholds is None else sorted(map(float, thresholds))
        limits = [-EPSILON, *inner, 1 + EPSILON]
        super().__init__(limits, name, dtype, each_label=multi_label, label_weights=label_weights)
        self.thresholds = thresholds if thresholds is None else inner
        self.num_thresholds, self.multi_label, self.num_labels = len(limits), multi_label, num_labels
        self.label_weights, self.from_logits = label_weights, from_logits

    def update_state(
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        predicted = as_tensor(y_pred, "y_pred", self.name)
        super().update_state(y_true, predicted.sigmoid() if self.from_logits else predicted, sample_weight)

    def result(self) -> Tensor:
        true, false, negative, missed = self.counts()
        if self.curve == "PR" and self.summation_method == "interpolation":
            parts = _interpolated(true, false, missed)
        else:
            x, y = _curve(self.curve, true, false, negative, missed)
            before, after = _ends(y)
            height = {
                "interpolation": lambda: (before + after) * 0.5,
                "minoring": lambda: minimum(before, after),
                "majoring": lambda: maximum(before, after),
            }[self.summation_method]()
            start, end = _ends(x)
            parts = (start - end) * height
        areas = parts.sum(1)
        if not self.multi_label or self.label_weights is None:
            return areas.mean()
        weights = as_tensor(self.label_weights, "label_weights", self.name).cast("float32")
        return ratio((areas * weights).sum(), weights.sum())


def _ends(x: Tensor) -> tuple[Tensor, Tensor]:
    """The values [labels, thresholds] at the beginnings and at the ends of the steps between thresholds."""
    rows, columns = x.shape
    return x.slice([0, 0], [rows, columns - 1]), x.slice([0, 1], [rows, columns - 1])


def _curve(
    curve: str, true: Tensor, false: Tensor, negative: Tensor, missed: Tensor
) -> tuple[Tensor, Tensor]:
    recall = ratio(true, true + missed)
    if curve == "ROC":
        return ratio(false, false + negative), recall
    if curve == "PR":
        return recall, ratio(true, true + false)
    scale = ratio(true + missed, negative + false)
    none = true.equal(0.0)
    x = (1.0 - scale * ratio(missed, true)).where(none.logical_not(), 0.0)
    y = (1.0 - scale * ratio(false, true)).where(none.logical_not(), 1.0)
    return x.relu(), y


def _interpolated(true: Tensor, false: Tensor, missed: Tensor) -> Tensor:
    """The area under precision over recall where both counts change evenly (Davis and Goadrich, 2006)."""
    (before, after), (all_before, all_after) = _ends(true), _ends(true + false)
    gained = before - after
    slope = ratio(gained, (all_before - all_after).relu())
    base = after - slope * all_after
    both = (all_before > 0.0) & (all_after > 0.0)
    quotient = ratio(all_before, all_after.relu()).where(both, 1.0)
    return ratio(slope * (gained + base * quotient.log()), (after + _ends(missed)[1]).relu())


class _AtBest(Confusion):
    """The best of one share over the thresholds at which another is large enough."""

    def __init__(
        self, needed: str, value: float, num_thresholds: int, class_id: int | None, name: Any, dtype: Any
    ) -> None:
        count_of(num_thresholds, "num_thresholds", type(self).__name__, most=MOST_THRESHOLDS)
        if not 0 <= value <= 1:
            raise ArgumentError(f"{needed} must lie in [0, 1], got {value}")
        super().__init__(even(num_thresholds), name, dtype, class_id=class_id)
        self.value, self.num_thresholds, self.class_id = value, num_thresholds, class_id

    def best(self, constrained: Tensor, wanted: Tensor) -> Tensor:
        """The largest of what is wanted where the other is at least what was asked for, else 0."""
        return wanted.where(constrained >= self.value, 0.0).max()

    def shares(self) -> tuple[Tensor, Tensor, Tensor]:
        """Sensitivity (recall), specificity and precision at the thresholds."""
        true, false, negative, missed = self.counts()
        return (
            ratio(true, true + missed),
            ratio(negative, negative + false),
            ratio(true, true + false),
        )


@METRIC_CLASSES.declare()
class SensitivityAtSpecificity(_AtBest):
    """The best sensitivity where the specificity is large enough. As Keras's.

    `specificity`: what is asked for, the share of class 0 that is negative.
    `num_thresholds`: how many thresholds from 0 to 1 are tried.
    `class_id`: the one class that counts.
    `name`, `dtype`: as of `Metric`.

    >>> SensitivityAtSpecificity(0.5)([0., 0., 1., 1.], [0.1, 0.6, 0.3, 0.9]).item()
    1.0
    """

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__("specificity", specificity, num_thresholds, class_id, name, dtype)
        self.specificity = specificity

    def result(self) -> Tensor:
        shares = self.shares()
        return self.best(shares[1], shares[0])


@METRIC_CLASSES.declare()
class SpecificityAtSensitivity(_AtBest):
    """The best specificity where the sensitivity is large enough. As Keras's.

    `sensitivity`: what is asked for, the share of class 1 that is positive.
    `num_thresholds`: how many thresholds from 0 to 1 are tried.
    `class_id`: the one class that counts.
    `name`, `dtype`: as of `Metric`.

    >>> SpecificityAtSensitivity(0.5)([0., 0., 1., 1.], [0.1, 0.6, 0.3, 0.9]).item()
    1.0
    """

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__("sensitivity", sensitivity, num_thresholds, class_id, name, dtype)
        self.sensitivity = sensitivity

    def result(self) -> Tensor:
        shares = self.shares()
        return self.best(shares[0], shares[1])


@METRIC_CLASSES.declare()
class PrecisionAtRecall(_AtBest):
    """The best precision where the recall is large enough. As Keras's.

    `recall`: what is asked for, the share of class 1 that is positive.
    `num_thresholds`: how many thresholds from 0 to 1 are tried.
    `class_id`: the one class that counts.
    `name`, `dtype`: as of `Metric`.

    >>> PrecisionAtRecall(0.5)([0., 0., 1., 1.], [0.1, 0.6, 0.3, 0.9]).item()
    1.0
    """

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__("recall", recall, num_thresholds, class_id, name, dtype)
        self.recall = recall

    def result(self) -> Tensor:
        shares = self.shares()
        return self.best(shares[0], shares[2])


@METRIC_CLASSES.declare()
class RecallAtPrecision(_AtBest):
    """The best recall where the precision is large enough. As Keras's.

    `precision`: what is asked for, the share of positives that are right.
    `num_thresholds`: how many thresholds from 0 to 1 are tried.
    `class_id`: the one class that counts.
    `name`, `dtype`: as of `Metric`.

    >>> RecallAtPrecision(0.5)([0., 0., 1., 1.], [0.1, 0.6, 0.3, 0.9]).item()
    1.0
    """

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__("precision", precision, num_thresholds, class_id, name, dtype)
        self.precision = precision

    def result(self) -> Tensor:
        shares = self.shares()
        return self.best(shares[2], shares[0])
