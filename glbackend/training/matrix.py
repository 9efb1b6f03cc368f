"""The confusion matrix over all examples seen, and how much classes overlap by it."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.counts import at_least_one, count_of
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import TensorLike
from glbackend.engine.tape import nothing_recorded
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import fill, tensor
from glbackend.ops.index import one_hot
from glbackend.training.loss import spread
from glbackend.training.losses import EPSILON
from glbackend.training.metric import Metric, numbers, ratio
from glbackend.training.metrics import METRIC_CLASSES

MOST_CLASSES = 46_340  # whose squares an int32 counts


@METRIC_CLASSES.declare()
class ConfusionMatrix(Metric):
    """How many examples of class i were taken for class j, at [i, j]. Keras has no such metric.

    `num_classes`: how many classes there are; examples of others do not count.
    `ignore_class`: a class whose examples do not count.
    `sparse_y_true`: whether targets are class numbers; otherwise the largest along `axis` is meant.
    `sparse_y_pred`: whether predictions are class numbers; otherwise the largest along `axis` is meant.
    `axis`: where the classes lie.
    `name`, `dtype`: as of `Metric`.

    >>> ConfusionMatrix(2)([0, 1, 1], [0, 0, 1]).numpy().tolist()
    [[1.0, 0.0], [1.0, 1.0]]
    """

    def __init__(
        self,
        num_classes: int,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name, dtype)
        at_least_one(self.name, num_classes=num_classes)
        num_classes = count_of(num_classes, "num_classes", self.name, most=MOST_CLASSES)
        self.num_classes, self.ignore_class, self.axis = num_classes, ignore_class, axis
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred
        self.total_cm = self.add_variable([num_classes, num_classes], "zeros", "total_confusion_matrix")

    def update_state(
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        with nothing_recorded():
            target, predicted = numbers(y_true, "y_true", self.name), numbers(y_pred, "y_pred", self.name)
            target = target if self.sparse_y_true else target.argmax(self.axis)
            predicted = predicted if self.sparse_y_pred else predicted.argmax(self.axis)
            rows, columns = (self._hot(one.reshape((-1,))) for one in (target, predicted))
            if rows.shape != columns.shape:
                raise ShapeError(f"{self.name}: {rows.shape[0]} targets, but {columns.shape[0]} predictions")
            if sample_weight is not None:
                weights = numbers(sample_weight, "sample_weight", self.name)
                given = spread(weights, target, f"{self.name}: targets have shape", "weights")
                scales = (given * fill(target.shape, 1.0)).reshape((-1, 1))
                rows = rows * scales
            if self.ignore_class is not None:
                kept = target.reshape((-1, 1)).cast("int32").not_equal(self.ignore_class).cast("float32")
                rows = rows * kept
            self.add_to(self.total_cm, rows.matmul(columns, transpose_a=True))

    def _hot(self, classes: Tensor) -> Tensor:
        return one_hot(classes.cast("int32"), self.num_classes, dtype="float32")

    def result(self) -> Tensor:
        return self.total_cm + 0.0


@METRIC_CLASSES.declare()
class IoU(ConfusionMatrix):
    """The intersection over the union of targets and predictions, the mean over some classes. As Keras's.

    `num_classes`: how many classes there are; examples of others do not count.
    `target_class_ids`: the classes of which the mean is taken, of those that occur.
    `name`, `dtype`: as of `Metric`.
    `ignore_class`: a class whose examples do not count.
    `sparse_y_true`: whether targets are class numbers; otherwise the largest along `axis` is meant.
    `sparse_y_pred`: whether predictions are class numbers; otherwise the largest along `axis` is meant.
    `axis`: where the classes lie.

    >>> round(IoU(2, [0])([0, 0, 1, 1], [0, 1, 0, 1]).item(), 4)
    0.3333
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, ignore_class, sparse_y_true, sparse_y_pred, axis, name, dtype)
        wrong = [one for one in target_class_ids if not 0 <= one < num_classes]
        if wrong:
            raise ArgumentError(f"{self.name}: there is no class {wrong[0]} among {num_classes}")
        self.target_class_ids = list(target_class_ids)

    def result(self) -> Tensor:
        both = (self.total_cm * one_hot(list(range(self.num_classes)), self.num_classes)).sum(0)
        either = self.total_cm.sum(0) + self.total_cm.sum(1) - both
        chosen = tensor([float(one in self.target_class_ids) for one in range(self.num_classes)])
        occurring = (either > 1e-9).cast("float32") * chosen
        return (ratio(both, either) * occurring).sum() / (occurring.sum() + EPSILON)


@METRIC_CLASSES.declare()
class BinaryIoU(IoU):
    """`IoU` of two classes, 1 being predictions of at least a threshold. As Keras's.

    `target_class_ids`: the classes of which the mean is taken.
    `threshold`: from which on a prediction is of class 1.
    `name`, `dtype`: as of `Metric`.

    >>> round(BinaryIoU()([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7]).item(), 4)
    0.5833
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        predicted = numbers(y_pred, "y_pred", self.name) >= self.threshold
        super().update_state(y_true, predicted, sample_weight)


@METRIC_CLASSES.declare()
class MeanIoU(IoU):
    """`IoU` of all classes. As Keras's.

    `num_classes`: how many classes there are; examples of others do not count.
    `name`, `dtype`: as of `Metric`.
    `ignore_class`: a class whose examples do not count.
    `sparse_y_true`: whether targets are class numbers; otherwise the largest along `axis` is meant.
    `sparse_y_pred`: whether predictions are class numbers; otherwise the largest along `axis` is meant.
    `axis`: where the classes lie.

    >>> round(MeanIoU(2)([0, 0, 1, 1], [0, 1, 0, 1]).item(), 4)
    0.3333
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        ids = range(num_classes)
        super().__init__(num_classes, ids, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)


@METRIC_CLASSES.declare()
class OneHotIoU(IoU):
    """`IoU` of one-hot targets. As Keras's.

    `num_classes`: how many classes there are.
    `target_class_ids`: the classes of which the mean is taken, of those that occur.
    `name`, `dtype`: as of `Metric`.
    `ignore_class`: a class whose examples do not count.
    `sparse_y_pred`: whether predictions are class numbers; otherwise the largest along `axis` is meant.
    `axis`: where the classes lie.

    >>> round(OneHotIoU(2, [0])([[1., 0.], [0., 1.]], [[0.6, 0.4], [0.7, 0.3]]).item(), 4)
    0.5
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)


@METRIC_CLASSES.declare()
class OneHotMeanIoU(MeanIoU):
    """`MeanIoU` of one-hot targets. As Keras's.

    `num_classes`: how many classes there are.
    `name`, `dtype`: as of `Metric`.
    `ignore_class`: a class whose examples do not count.
    `sparse_y_pred`: whether predictions are class numbers; otherwise the largest along `axis` is meant.
    `axis`: where the classes lie.

    >>> round(OneHotMeanIoU(2)([[1., 0.], [0., 1.]], [[0.6, 0.4], [0.7, 0.3]]).item(), 4)
    0.25
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)
