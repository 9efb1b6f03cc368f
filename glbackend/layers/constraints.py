"""What a weight is forced into after each training step."""

from collections.abc import Callable
from typing import Any, ClassVar

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor

EPSILON = 1e-7


def _norms(weight: Tensor, axis: Any) -> Tensor:
    return weight.square().sum(axis, True).sqrt()


class Constraint:
    """Gives the nearest legal value of a weight."""

    class_name: ClassVar[str]

    def __call__(self, weight: Tensor) -> Tensor:
        raise ArgumentError(f"constraint {type(self).__name__} gives no values")

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal constraint."""
        return {}


class NonNeg(Constraint):
    """At least 0. As `tf.constraints.nonNeg`."""

    class_name = "NonNeg"

    def __call__(self, weight: Tensor) -> Tensor:
        return weight.relu()


class MaxNorm(Constraint):
    """Norm along `axis` at most `max_value`. As `tf.constraints.maxNorm`."""

    class_name = "MaxNorm"

    def __init__(self, max_value: float = 2.0, axis: Any = 0) -> None:
        self.max_value, self.axis = max_value, axis

    def __call__(self, weight: Tensor) -> Tensor:
        norms = _norms(weight, self.axis)
        return weight * (norms.clip_by_value(0.0, self.max_value) / (norms + EPSILON))

    def get_config(self) -> dict[str, Any]:
        return {"max_value": self.max_value, "axis": self.axis}


class UnitNorm(Constraint):
    """Norm 1 along `axis`. As `tf.constraints.unitNorm`."""

    class_name = "UnitNorm"

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, weight: Tensor) -> Tensor:
        return weight / (_norms(weight, self.axis) + EPSILON)

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """Norm along `axis` drawn into [min_value, max_value] at `rate`. As `tf.constraints.minMaxNorm`."""

    class_name = "MinMaxNorm"

    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0
    ) -> None:
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, weight: Tensor) -> Tensor:
        norms = _norms(weight, self.axis)
        wanted = norms.clip_by_value(self.min_value, self.max_value) * self.rate + norms * (1 - self.rate)
        return weight * (wanted / (norms + EPSILON))

    def get_config(self) -> dict[str, Any]:
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }


non_neg, max_norm, unit_norm, min_max_norm = NonNeg, MaxNorm, UnitNorm, MinMaxNorm  # TF.js's names
BY_NAME: dict[str, Callable[..., Constraint]] = {
    "nonneg": NonNeg, "maxnorm": MaxNorm, "unitnorm": UnitNorm, "minmaxnorm": MinMaxNorm,
}  # fmt: skip


def get(constraint: Any) -> Constraint | None:
    """The constraint of a name ("nonNeg", "max_norm", ...), a config, the object itself, or None.

    >>> get("unitNorm").class_name
    'UnitNorm'
    """
    if constraint is None or isinstance(constraint, Constraint):
        return constraint
    name = constraint
    config: dict[str, Any] = {}
    if isinstance(constraint, dict):
        name, config = constraint.get("class_name"), constraint.get("config") or {}
    make = BY_NAME.get(str(name).replace("_", "").lower())
    if make is None:
        raise ArgumentError(f"unknown constraint {name!r}: use nonNeg, maxNorm, unitNorm or minMaxNorm")
    return make(**config)


def serialize(constraint: Constraint | None) -> dict[str, Any] | None:
    """The config of a constraint, as saved in models."""
    return (
        None
        if constraint is None
        else {"class_name": constraint.class_name, "config": constraint.get_config()}
    )
