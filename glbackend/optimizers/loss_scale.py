"""Keras's optimizer for half precision, which has nothing to scale where all computes in float32."""

from typing import Any

from glbackend.base.calling import checked
from glbackend.base.errors import warn_once
from glbackend.optimizers.optimizer import OPTIMIZERS, Optimizer
from glbackend.optimizers.train import get


@checked
def LossScaleOptimizer(
    inner_optimizer: Any,
    initial_scale: float = 2.0**15,
    dynamic_growth_steps: int = 2000,
    name: str | None = None,
) -> Optimizer:
    """The inner optimizer: gradients are float32 here and need no scale, as a warning says once.

    `inner_optimizer`: one, or its name.
    `initial_scale`, `dynamic_growth_steps`, `name`: of the scale that Keras has; nothing takes them here.

    ArgumentError for what is no optimizer. As Keras's `mixed_precision.LossScaleOptimizer`.

    >>> import glbackend as gl, warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     optimizer = gl.mixed_precision.LossScaleOptimizer(gl.optimizers.SGD(0.5))
    >>> optimizer.class_name, optimizer.scale_loss(3.0)
    ('SGD', 3.0)
    """
    warn_once("LossScaleOptimizer: gradients are float32 here and need no scale: it is the inner optimizer")
    return get(inner_optimizer)


def _of_file(inner_optimizer: Any, **options: Any) -> Optimizer:
    return get(inner_optimizer)


OPTIMIZERS.factory("LossScaleOptimizer", _of_file)
