"""The loss of sequences whose alignment nobody knows: connectionist temporal classification."""

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.ops.arithmetic import maximum
from glbackend.ops.concat import stack
from glbackend.ops.index import one_hot
from glbackend.training.losses import LOSSES, takes_classes

NEVER = -1e30  # the logarithm of what cannot happen; finite, so that gradients are


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
    (count, length), (_, time, classes) = y_true.shape, y_pred.shape
    if length > time:
        raise ArgumentError(f"ctc: {length} labels cannot be spelled in {time} steps of time")
    labels = y_true.cast("int32")
    blanks = labels * 0
    spelled = stack([blanks, labels], 2).reshape((count, 2 * length)).pad([[0, 0], [0, 1]])  # 0 a 0 b 0
    states = 2 * length + 1
    hot = one_hot(spelled, classes, dtype="float32")
    steps = y_pred.log_softmax().matmul(hot, transpose_b=True)  # [n, time, states]
    before = spelled.pad([[0, 0], [2, 0]]).slice([0, 0], [count, states])
    skips = (spelled.not_equal(before) & spelled.not_equal(0)).cast("float32")
    barred = (1.0 - skips) * NEVER
    first = one_hot([0, 1], states, dtype="float32").sum(0).reshape((1, states))
    reached = steps.slice([0, 0, 0], [count, 1, states]).reshape((count, states)) + (1.0 - first) * NEVER
    for i in range(1, time):
        shifted = [reached, _shifted(reached, 1), _shifted(reached, 2) + barred]
        best = maximum(maximum(shifted[0], shifted[1]), maximum(shifted[2], NEVER))
        ways = sum(((one - best).exp() for one in shifted[1:]), start=(shifted[0] - best).exp())
        reached = best + ways.log() + steps.slice([0, i, 0], [count, 1, states]).reshape((count, states))
    lengths = labels.not_equal(0).cast("int32").sum(1)
    ends = one_hot(lengths * 2, states, dtype="float32") + one_hot(lengths * 2 - 1, states, dtype="float32")
    return -(reached + (1.0 - ends) * NEVER).logsumexp(1)


def _shifted(x: Tensor, by: int) -> Tensor:
    """The columns moved to the right; what comes in cannot happen."""
    rows, columns = x.shape
    return x.slice([0, 0], [rows, columns - by]).pad([[0, 0], [by, 0]], NEVER)
