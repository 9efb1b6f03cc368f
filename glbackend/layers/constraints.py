"""What a weight is forced into after each training step."""

from typing import Any

from glbackend.base.config import Configured
from glbackend.base.errors import ArgumentError
from glbackend.base.registry import Registry
from glbackend.engine.tensor import Tensor

EPSILON = 1e-7


def _norms(weight: Tensor, axis: Any) -> Tensor:
    return weight.square().sum(axis, True).sqrt()


class Constraint(Configured):
    """The nearest legal value of a weight; a subclass gives `__call__`. As TF.js's Constraint.

    It is called with the weight after each training step and gives a tensor of the same shape.

    >>> class Halved(Constraint):
    ...     def __call__(self, weight):
    ...         return weight * 0.5
    >>> import glbackend as gl
    >>> gl.layers.dense(units=1, kernel_constraint=Halved()).kernel_constraint.class_name
    'Halved'
    """

    def __call__(self, weight: Tensor) -> Tensor:
        raise ArgumentError(f"constraint {type(self).__name__} gives no values")


CONSTRAINTS: Registry[Constraint] = Registry("constraint", Constraint, spare=True)


@CONSTRAINTS.declare()
class NonNeg(Constraint):
    """Weights of at least 0. As `tf.constraints.nonNeg`.

    >>> import glbackend as gl
    >>> NonNeg()(gl.tensor([-1., 2.])).numpy().tolist()
    [0.0, 2.0]
    """

    def __call__(self, weight: Tensor) -> Tensor:
        return weight.relu()


@CONSTRAINTS.declare()
class MaxNorm(Constraint):
    """Weights whose norm is at most `max_value`; longer ones are shortened. As `tf.constraints.maxNorm`.

    `max_value`: the largest norm.
    `axis`: the axis, or axes, along which the norm is taken; 0 for the inputs of each unit of a dense layer.

    >>> import glbackend as gl
    >>> MaxNorm(1.)(gl.tensor([[0.5, 3.], [0., 4.]])).numpy().round(3).tolist()
    [[0.5, 0.6000000238418579], [0.0, 0.800000011920929]]
    """

    def __init__(self, max_value: float = 2.0, axis: Any = 0) -> None:
        self.max_value, self.axis = max_value, axis

    def __call__(self, weight: Tensor) -> Tensor:
        norms = _norms(weight, self.axis)
        return weight * (norms.clip_by_value(0.0, self.max_value) / (norms + EPSILON))


@CONSTRAINTS.declare()
class UnitNorm(Constraint):
    """Weights of norm 1. As `tf.constraints.unitNorm`.

    `axis`: the axis, or axes, along which the norm is taken.

    >>> import glbackend as gl
    >>> UnitNorm()(gl.tensor([[3.], [4.]])).numpy().round(3).tolist()
    [[0.6000000238418579], [0.800000011920929]]
    """

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, weight: Tensor) -> Tensor:
        return weight / (_norms(weight, self.axis) + EPSILON)


@CONSTRAINTS.declare()
class MinMaxNorm(Constraint):
    """Weights whose norm is drawn into a range. As `tf.constraints.minMaxNorm`.

    `min_value`, `max_value`: the ends of the range.
    `rate`: share of the way into the range that is gone in a step; 1 for all of it.
    `axis`: the axis, or axes, along which the norm is taken.

    >>> import glbackend as gl
    >>> MinMaxNorm(0., 1., rate=0.5)(gl.tensor([[3.]])).numpy().round(3).tolist()
    [[2.0]]
    """

    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0
    ) -> None:
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, weight: Tensor) -> Tensor:
        norms = _norms(weight, self.axis)
        wanted = norms.clip_by_value(self.min_value, self.max_value) * self.rate + norms * (1 - self.rate)
        return weight * (wanted / (norms + EPSILON))


non_neg, max_norm, unit_norm, min_max_norm = NonNeg, MaxNorm, UnitNorm, MinMaxNorm  # TF.js's names


def get(constraint: Any) -> Constraint | None:
    """The constraint of a name ("nonNeg", "max_norm", ...), a config, the object itself, or None.

    >>> get("unitNorm").class_name
    'UnitNorm'
    """
    return None if constraint is None else CONSTRAINTS.get(constraint)
