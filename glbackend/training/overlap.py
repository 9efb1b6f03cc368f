"""Losses of how sets overlap, and of embeddings that belong together."""

from collections.abc import Sequence

from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import eye
from glbackend.training.losses import EPSILON, LOSSES, takes_arrays, takes_classes

Axes = int | Sequence[int] | None
NONE = -1e30  # the logarithm of a sum of nothing; finite, so that gradients are


@LOSSES.declare()
@takes_arrays
def dice(y_true: Tensor, y_pred: Tensor, axis: Axes = None) -> Tensor:
    """1 - 2 sum(y_true y_pred) / (sum(y_true) + sum(y_pred)), of all elements at once. As Keras's.

    `y_true` are targets of 0 or 1, `y_pred` predicted probabilities, float32 of one shape.
    `axis`: the axes to sum over, all where it is None, which gives a scalar.

    ShapeError where the shapes do not fit.

    >>> round(dice([[1., 0.]], [[0.5, 0.5]]).item(), 4)
    0.5
    """
    both = (y_true * y_pred).sum(axis)
    return 1.0 - 2.0 * both / (y_true.sum(axis) + y_pred.sum(axis) + EPSILON)


@LOSSES.declare()
@takes_arrays
def tversky(
    y_true: Tensor, y_pred: Tensor, alpha: float = 0.5, beta: float = 0.5, axis: Axes = None
) -> Tensor:
    """As `dice`, but what is missed and what is too much weigh differently (Salehi et al., 2017).

    `y_true` are targets of 0 or 1, `y_pred` predicted probabilities, float32 of one shape.
    `alpha`: the weight of what is missed: sum(y_true (1 - y_pred)).
    `beta`: the weight of what is too much: sum(y_pred (1 - y_true)).
    `axis`: the axes to sum over, all where it is None, which gives a scalar.

    As Keras's `tversky`. ShapeError where the shapes do not fit.

    >>> round(tversky([[1., 0.]], [[0.5, 0.5]], beta=1.0).item(), 4)
    0.6
    """
    both = (y_true * y_pred).sum(axis)
    missed, extra = ((1.0 - y_pred) * y_true).sum(axis), (y_pred * (1.0 - y_true)).sum(axis)
    return 1.0 - both / (both + missed * alpha + extra * beta + EPSILON)


@LOSSES.declare()
@takes_classes
def circle(
    y_true: Tensor,
    y_pred: Tensor,
    ref_labels: TensorLike | None = None,
    ref_embeddings: TensorLike | None = None,
    remove_diagonal: bool = True,
    gamma: float = 80.0,
    margin: float = 0.4,
) -> Tensor:
    """How far embeddings of one class lie apart, and near to those of others (Sun et al., 2020).

    `y_true` are class numbers [n], `y_pred` embeddings of unit length, float32 [n, d]; float32 [n].
    `ref_labels`: the class numbers of what they are compared with, themselves where it is None.
    `ref_embeddings`: the embeddings of those.
    `remove_diagonal`: whether none is compared with itself.
    `gamma`: how much the worst pairs outweigh others.
    `margin`: the distance that is allowed within a class.

    As Keras's `circle`. ShapeError where the shapes do not fit.

    >>> circle([0, 0], [[1., 0.], [0., 1.]]).numpy().tolist()
    [0.0, 0.0]
    """
    labels, embeddings, op = y_true, y_pred, "metrics.circle"
    others = labels if ref_labels is None else as_tensor(ref_labels, "ref_labels", op)
    known = embeddings if ref_embeddings is None else as_tensor(ref_embeddings, "ref_embeddings", op)
    rows, columns = (one.reshape((-1,)).cast("int32") for one in (labels, others))
    distance = (1.0 - embeddings.matmul(known, transpose_b=True)).relu()
    alike = rows.expand_dims(1).equal(columns.expand_dims(0))
    unlike = alike.logical_not()
    if remove_diagonal and alike.shape[0] == alike.shape[1]:
        alike = alike & eye(alike.shape[0]).equal(0.0)
    near = -gamma * (margin + distance) * (margin - distance)
    far = gamma * (1.0 + margin - distance).relu() * (1.0 - margin - distance)
    return (_total(near, alike) + _total(far, unlike)).softplus()


def _total(x: Tensor, chosen: Tensor) -> Tensor:
    """log(sum(exp(x))) of the chosen elements of each row, very low where there are none."""
    return x.where(chosen, NONE).logsumexp(1)
