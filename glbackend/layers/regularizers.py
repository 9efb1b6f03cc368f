"""Penalties on weights: L1, L2."""

from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor


class Regularizer:
    """l1 * sum |w| + l2 * sum w^2. As `tf.regularizers.l1l2`.

    >>> import glbackend as gl
    >>> round(Regularizer(l1=1.0, l2=0.5)(gl.tensor([1., -2.])).item(), 3)
    5.5
    """

    class_name = "L1L2"

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1, self.l2 = float(l1), float(l2)

    def __call__(self, weight: Tensor) -> Tensor:
        """The penalty, a scalar."""
        penalty = (weight.square().sum() * self.l2) if self.l2 else None
        if self.l1 or penalty is None:
            absolute = weight.abs().sum() * self.l1
            penalty = absolute if penalty is None else penalty + absolute
        return penalty

    def get_config(self) -> dict[str, float]:
        """Arguments that make an equal regularizer."""
        return {"l1": self.l1, "l2": self.l2}


def l1(l1: float = 0.01) -> Regularizer:
    """Penalty l1 * sum |w|. As `tf.regularizers.l1`."""
    return Regularizer(l1=l1)


def l2(l2: float = 0.01) -> Regularizer:
    """Penalty l2 * sum w^2. As `tf.regularizers.l2`."""
    return Regularizer(l2=l2)


def l1_l2(l1: float = 0.01, l2: float = 0.01) -> Regularizer:
    """Both penalties. As `tf.regularizers.l1l2`."""
    return Regularizer(l1, l2)


l1l2 = l1_l2


def get(regularizer: Any) -> Regularizer | None:
    """The regularizer of a name ("l1", "l2", "l1_l2", "l1l2"), a config, the object itself, or None.

    >>> get("l2").l2
    0.01
    """
    if regularizer is None or isinstance(regularizer, Regularizer):
        return regularizer
    if isinstance(regularizer, dict):
        if str(regularizer.get("class_name")).lower() not in ("l1", "l2", "l1l2"):
            raise ArgumentError(f"unknown regularizer {regularizer.get('class_name')!r}: use L1, L2 or L1L2")
        config = regularizer.get("config") or {}
        return Regularizer(config.get("l1") or 0.0, config.get("l2") or 0.0)
    make = {"l1": l1, "l2": l2, "l1l2": l1_l2}.get(str(regularizer).replace("_", "").lower())
    if make is None:
        raise ArgumentError(f"unknown regularizer {regularizer!r}: use l1, l2 or l1_l2")
    return make()


def serialize(regularizer: Regularizer | None) -> dict[str, Any] | None:
    """The config of a regularizer, as saved in models."""
    return None if regularizer is None else {"class_name": "L1L2", "config": regularizer.get_config()}
