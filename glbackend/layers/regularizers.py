"""Penalties on weights: L1, L2, and of rows that are not orthogonal."""

import math
from typing import Any, Literal

from glbackend.base.annotations import got
from glbackend.base.config import Configured
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.registry import Registry
from glbackend.engine.tensor import Tensor

LEAST_SQUARE = 1e-14  # of a row's length: Keras divides by 1e-7 at least


class Regularizer(Configured):
    """The penalty of a weight, a scalar that is added to the loss; a subclass gives `__call__`.

    It is called with the weight, or as an activity_regularizer with a layer's output. As TF.js's Regularizer.

    >>> class Spread(Regularizer):
    ...     def __call__(self, weight):
    ...         return weight.max() - weight.min()
    >>> import glbackend as gl
    >>> gl.layers.dense(units=1, kernel_regularizer=Spread()).kernel_regularizer.class_name
    'Spread'
    """

    def __call__(self, weight: Tensor) -> Tensor:
        raise ArgumentError(f"regularizer {type(self).__name__} gives no penalty")


REGULARIZERS: Registry[Regularizer] = Registry("regularizer", Regularizer, spare=True)


@REGULARIZERS.declare("l1_l2")
class L1L2(Regularizer):
    """The penalty l1 * sum |w| + l2 * sum w^2 of a weight w. As `tf.regularizers.l1l2`.

    `l1`, `l2`: the two factors; None is 0.

    >>> import glbackend as gl
    >>> round(L1L2(l1=1.0, l2=0.5)(gl.tensor([1., -2.])).item(), 3)
    5.5
    """

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        self.l1, self.l2 = float(l1 or 0.0), float(l2 or 0.0)

    def __call__(self, weight: Tensor) -> Tensor:
        penalty = (weight.square().sum() * self.l2) if self.l2 else None
        if self.l1 or penalty is None:
            absolute = weight.abs().sum() * self.l1
            penalty = absolute if penalty is None else penalty + absolute
        return penalty


@REGULARIZERS.declare("orthogonal_regularizer")
class OrthogonalRegularizer(Regularizer):
    """The penalty `factor` times the mean of |cosine| of each two rows, or columns, of a matrix.

    `factor`: at least 0.
    `mode`: "rows" or "columns". A weight of another rank is a ShapeError. As Keras's OrthogonalRegularizer.

    >>> import glbackend as gl
    >>> round(OrthogonalRegularizer(1.0)(gl.tensor([[1., 0.], [3., 4.]])).item(), 3)
    0.6
    """

    def __init__(self, factor: float = 0.01, mode: Literal["rows", "columns"] = "rows") -> None:
        if not isinstance(factor, int | float) or not 0 <= factor < math.inf:
            raise ArgumentError(
                f"OrthogonalRegularizer: factor must be a number of at least 0, got {got(factor)}"
            )
        if mode not in ("rows", "columns"):
            raise ArgumentError(f'OrthogonalRegularizer: mode must be "rows" or "columns", got {mode!r}')
        self.factor, self.mode = float(factor), mode

    def __call__(self, weight: Tensor) -> Tensor:
        if weight.rank != 2:
            raise ShapeError(f"OrthogonalRegularizer: needs a matrix, got shape {list(weight.shape)}")
        rows = weight if self.mode == "rows" else weight.transpose()
        lengths = rows.square().sum(1, True).maximum(LEAST_SQUARE).sqrt()
        units = rows / lengths
        cosines = units @ units.transpose()
        size = units.shape[0]
        others = cosines.abs().sum() - units.square().sum()  # of each row with itself it is 1, or 0
        return others * (self.factor / max(size * (size - 1), 1))


def l1(l1: float = 0.01) -> L1L2:
    """The penalty `l1` * sum |w| of a weight w. As `tf.regularizers.l1`.

    >>> import glbackend as gl
    >>> round(l1(0.5)(gl.tensor([1., -2.])).item(), 3)
    1.5
    """
    return L1L2(l1=l1)


def l2(l2: float = 0.01) -> L1L2:
    """The penalty `l2` * sum w^2 of a weight w. As `tf.regularizers.l2`.

    >>> import glbackend as gl
    >>> round(l2(0.5)(gl.tensor([1., -2.])).item(), 3)
    2.5
    """
    return L1L2(l2=l2)


def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """Both penalties, by the factors `l1` and `l2`. As `tf.regularizers.l1l2`.

    >>> import glbackend as gl
    >>> round(l1_l2(1., 0.5)(gl.tensor([1., -2.])).item(), 3)
    5.5
    """
    return L1L2(l1, l2)


l1l2 = l1_l2
L1, L2 = l1, l2  # Keras's names
REGULARIZERS.factory("l1", l1)
REGULARIZERS.factory("l2", l2)


def get(regularizer: Any) -> Regularizer | None:
    """The regularizer of a name ("l1", "l2", "l1_l2", "l1l2"), a config, the object itself, or None.

    >>> get("l2").l2
    0.01
    """
    return None if regularizer is None else REGULARIZERS.get(regularizer)
