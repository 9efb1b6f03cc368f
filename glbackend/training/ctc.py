"""The loss of sequences whose alignment nobody knows: connectionist temporal classification."""

from glbackend.base.errors import ShapeError
from glbackend.engine.node import look_at
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import fill
from glbackend.ops.further.ctc import ctc_loss, refuse_longer
from glbackend.training.losses import LOSSES, takes_classes


@LOSSES.declare()
@takes_classes
def ctc(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """-log of the chance that logits spell the labels, over all ways of aligning them (Graves et al., 2006).

    `y_true` are labels [n, length], 0 being the blank, which also fills up shorter ones; `y_pred` logits,
    float32 [n, time, labels]; float32 [n]. Each step of time is an op: meant for hundreds of them.

    As Keras's `ctc`. ShapeError for other ranks, ArgumentError where there are more labels than steps.

    >>> round(ctc([[1]], [[[0., 0.]]]).item(), 4)
    0.6931
    """
    if y_true.rank != 2 or y_pred.rank != 3 or y_true.shape[0] != y_pred.shape[0]:
        raise ShapeError(
            f"ctc: targets must be [n, length] and logits [n, time, labels], "
            f"got {list(y_true.shape)} and {list(y_pred.shape)}"
        )
    time = y_pred.shape[1]
    shape = y_true.shape
    look_at(y_true.handle, lambda all: refuse_longer((all.reshape(shape) != 0).sum(1), time, "ctc"))
    labels = y_true.cast("int32")
    return ctc_loss(
        labels, y_pred, labels.not_equal(0).cast("int32").sum(1), fill([labels.shape[0]], time, "int32")
    )
