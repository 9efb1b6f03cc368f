"""Losses that make less of what is predicted well already: focal cross-entropies, and the generalised one."""

from glbackend.engine.tensor import Tensor
from glbackend.training.losses import (
    EPSILON,
    LOSSES,
    classes_last,
    moved_to_half,
    rows_of,
    smoothed,
    takes_arrays,
    takes_classes,
)


@LOSSES.declare()
@takes_arrays
def binary_focal_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """`binary_crossentropy` times (1 - q)^gamma, q being what was given to the right side.

    `y_true` are targets of 0 or 1, `y_pred` predicted probabilities, float32 [..., n] both; float32 [...].
    `apply_class_balancing`: whether targets of 1 weigh `alpha`, and those of 0 the rest of 1.
    `alpha`: see there.
    `gamma`: how much less examples count that are predicted well.
    `from_logits`: whether predictions are logits, whose sigmoid is meant.
    `label_smoothing`: the share by which targets are moved to 1/2.
    `axis`: the axis that the mean is taken over.

    As Keras's `binary_focal_crossentropy` (Lin et al., 2018). ShapeError where the shapes do not fit.

    >>> round(binary_focal_crossentropy([[1., 0.]], [[0.5, 0.5]]).item(), 4)
    0.1733
    """
    target = moved_to_half(y_true, label_smoothing)
    p = y_pred.sigmoid() if from_logits else y_pred
    held = p.clip_by_value(EPSILON, 1 - EPSILON)
    entropy = -(target * held.log() + (1.0 - target) * (1.0 - held).log())
    right = target * p + (1.0 - target) * (1.0 - p)
    values = (1.0 - right) ** gamma * entropy
    if apply_class_balancing:
        values = values * (target * alpha + (1.0 - target) * (1.0 - alpha))
    return values.mean(axis)


@LOSSES.declare()
@takes_arrays
def categorical_focal_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """-sum(alpha (1 - share)^gamma y_true log(share)) over the classes.

    `y_true` are one-hot targets, `y_pred` predicted probabilities, float32 [..., classes] both; float32
    [...]. Shares are predictions over their sum, held 1e-7 from 0 and 1.
    `alpha`: a factor of all.
    `gamma`: how much less examples count that are predicted well.
    `from_logits`: whether predictions are logits, whose softmax is meant.
    `label_smoothing`: the share of each target that is spread evenly over all classes.
    `axis`: where the classes lie.

    As Keras's `categorical_focal_crossentropy` (Lin et al., 2018). ShapeError where the shapes do not fit.

    >>> round(categorical_focal_crossentropy([[1., 0.]], [[0.5, 0.5]]).item(), 4)
    0.0433
    """
    given = classes_last(y_pred, axis)
    target = smoothed(classes_last(y_true, axis), label_smoothing)
    p = given.softmax() if from_logits else given
    share = (p / p.sum(-1, True)).clip_by_value(EPSILON, 1 - EPSILON)
    return ((1.0 - share) ** gamma * target * share.log()).sum(-1) * -alpha


@LOSSES.declare()
@takes_classes
def categorical_generalized_cross_entropy(y_true: Tensor, y_pred: Tensor, q: float = 0.5) -> Tensor:
    """(1 - p^q) / q of the probability p that the right class was given: robust to wrong targets.

    `y_true` are class numbers of any dtype, [...]; `y_pred` predicted probabilities, float32 [..., classes];
    float32 [...].
    `q`: between 0, which gives the cross-entropy, and 1, which gives the absolute error.

    As Keras's `categorical_generalized_cross_entropy` (Zhang and Sabuncu, 2018). ShapeError where the shapes
    do not fit.

    >>> round(categorical_generalized_cross_entropy([1], [[0.75, 0.25]]).item(), 4)
    1.0
    """
    return (1.0 - (y_pred * rows_of(y_true, y_pred)).sum(-1) ** q) * (1.0 / q)
