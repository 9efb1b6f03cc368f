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
    """Gives the nearest legal value of a weight."""

    def __call__(self, weight: Tensor) -> Tensor:
        raise ArgumentError(f"constraint {type(self).__name__} gives no values")


CONSTRAINTS: Registry[Constraint] = Registry("constraint", Constraint, spare=True)


@CONSTRAINTS.declare()
class NonNeg(Constraint):
    """At least 0. As `tf.constraints.nonNeg`."""

    def __call__(self, weight: Tensor) -> Tensor:
        return weight.relu()


@CONSTRAINTS.declare()
class MaxNorm(Constraint):
    """Norm along `axis` at most `max_value`. As `tf.constraints.maxNorm`."""

    def __init__(self, max_value: float = 2.0, axis: Any = 0) -> None:
        self.max_value, self.axis = max_value, axis

    def __call__(self, weight: Tensor) -> Tensor:
        norms = _norms(weight, self.axis)
        return weight * (norms.clip_by_value(0.0, self.max_value) / (norms + EPSILON))


@CONSTRAINTS.declare()
class UnitNorm(Constraint):
    """Norm 1 along `axis`. As `tf.constraints.unitNorm`."""

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, weight: Tensor) -> Tensor:
        return weight / (_norms(weight, self.axis) + EPSILON)


@CONSTRAINTS.declare()
class MinMaxNorm(Constraint):
    """Norm along `axis` drawn into [min_value, max_value] at `rate`. As `tf.constraints.minMaxNorm`."""

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
