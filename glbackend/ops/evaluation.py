"""How good predictions are: confusion matrix; and moving averages of what is measured."""

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.index import one_hot
from glbackend.ops.matmul import matmul
from glbackend.ops.op import op


@op(method=False, namespace="math")
def confusion_matrix(labels: TensorLike, predictions: TensorLike, num_classes: int) -> Tensor:
    """How often each class (row) was predicted as each class (column), int32. As `tf.math.confusionMatrix`.

    `labels` and `predictions`: whole numbers in [0, num_classes), two vectors of one length; pairs with a
    number outside are not counted. The result is [`num_classes`, num_classes]. Raises ShapeError for other
    shapes, ArgumentError where `num_classes` is no positive integer.

    >>> confusion_matrix([0, 1, 2, 1, 0], [0, 2, 2, 1, 0], 3).numpy().tolist()
    [[2, 0, 0], [0, 1, 1], [0, 0, 1]]
    """
    true = as_tensor(labels, "labels", "confusion_matrix")
    guess = as_tensor(predictions, "predictions", "confusion_matrix")
    if num_classes < 1 or num_classes != int(num_classes):
        raise ArgumentError(f"confusion_matrix: num_classes must be a positive integer, got {num_classes}")
    for name, x in (("labels", true), ("predictions", guess)):
        if x.rank != 1:
            raise ShapeError(f"confusion_matrix: expected the rank of {name} to be 1, but got {x.rank}")
    if true.size != guess.size:
        raise ShapeError(
            f"confusion_matrix: Mismatch in the number of examples: {true.size} vs. {guess.size}. "
            f"Labels and predictions should have the same number of elements."
        )
    rows, columns = one_hot(true.cast("int32"), num_classes), one_hot(guess.cast("int32"), num_classes)
    return matmul(rows, columns, transpose_a=True)


@op(method=False)
def moving_average(
    v: TensorLike,
    x: TensorLike,
    decay: TensorLike,
    step: TensorLike | None = None,
    zero_debias: bool = True,
) -> Tensor:
    """The moving average after one more value: v + (1 - decay) (x - v), a new tensor. As `tf.movingAverage`.

    `v`: the average so far.
    `x`: the new value, in the shape and dtype of v.
    `decay`: share of v that stays, a number or a scalar.
    `step`: how many values there have been, this one counted; only with `zero_debias`.
    `zero_debias`: whether the change is divided by 1 - decay^step, which makes up for a v that began as 0 (as
    Adam does).

    Raises ShapeError and DtypeError where v and x differ, ArgumentError where step is missing.

    >>> moving_average([1.], [3.], 0.5, zero_debias=False).numpy().tolist()
    [2.0]
    """
    old, new = as_tensor(v, "v", "moving_average"), as_tensor(x, "x", "moving_average")
    if old.dtype != new.dtype:
        raise DtypeError(f"moving_average: v is {old.dtype}, x {new.dtype}: must be equal")
    if old.shape != new.shape:
        raise ShapeError(f"moving_average: v has shape {list(old.shape)}, x {list(new.shape)}: must be equal")
    rate = as_tensor(decay, "decay", "moving_average")
    update = (new - old) * (1.0 - rate)
    if zero_debias:
        if step is None:
            raise ArgumentError("moving_average: with zero_debias the step is required")
        update = update / (1.0 - rate.pow(as_tensor(step, "step", "moving_average")))
    return old + update
