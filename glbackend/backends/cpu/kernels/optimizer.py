"""Optimizer steps in NumPy; the formulas are those of TF.js's optimizers."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.contracts.optimizer import STEPS
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


def gradient_descent(w: Array, g: Array, *, learning_rate: float) -> list[Array]:
    """w - rate g."""
    return [w - learning_rate * g]


def momentum(
    w: Array, g: Array, accumulation: Array, *, learning_rate: float, momentum: float, use_nesterov: float
) -> list[Array]:
    """Polyak's heavy ball, or Nesterov's."""
    accumulation = momentum * accumulation + g
    step = g + momentum * accumulation if use_nesterov else accumulation
    return [w - learning_rate * step, accumulation]


def adagrad(w: Array, g: Array, accumulated: Array, *, learning_rate: float, epsilon: float) -> list[Array]:
    """Duchi et al. 2011."""
    accumulated = accumulated + g * g
    return [w - learning_rate * g / np.sqrt(accumulated + epsilon), accumulated]


def adadelta(
    w: Array,
    g: Array,
    accumulated: Array,
    updates: Array,
    *,
    learning_rate: float,
    rho: float,
    epsilon: float,
) -> list[Array]:
    """Zeiler 2012."""
    accumulated = rho * accumulated + (1 - rho) * g * g
    update = np.sqrt(updates + epsilon) / np.sqrt(accumulated + epsilon) * g
    return [w - learning_rate * update, accumulated, rho * updates + (1 - rho) * update * update]


def adam(w: Array, g: Array, m: Array, v: Array, *, learning_rate: float, beta1: float, beta2: float,
         correction1: float, correction2: float, epsilon: float) -> list[Array]:  # fmt: skip
    """Kingma and Ba 2014; the corrections are 1 - beta^t."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    return [w - learning_rate * (m / correction1) / (np.sqrt(v / correction2) + epsilon), m, v]


def adamax(w: Array, g: Array, m: Array, u: Array, *, learning_rate: float, beta1: float, beta2: float,
           correction1: float, epsilon: float) -> list[Array]:  # fmt: skip
    """Kingma and Ba 2014, section 7.1."""
    m = beta1 * m + (1 - beta1) * g
    u = np.maximum(beta2 * u, np.abs(g))
    return [w - learning_rate / correction1 * m / (u + epsilon), m, u]


def rms_prop(w: Array, g: Array, mean_square: Array, moment: Array, *, learning_rate: float, decay: float,
             momentum: float, epsilon: float) -> list[Array]:  # fmt: skip
    """Hinton's lecture 6e."""
    mean_square = decay * mean_square + (1 - decay) * g * g
    moment = momentum * moment + learning_rate * g / np.sqrt(mean_square + epsilon)
    return [w - moment, mean_square, moment]


def centered_rms_prop(w: Array, g: Array, mean_square: Array, moment: Array, mean_gradient: Array, *,
                      learning_rate: float, decay: float, momentum: float,
                      epsilon: float) -> list[Array]:  # fmt: skip
    """Graves 2013: the variance instead of the mean square."""
    mean_square = decay * mean_square + (1 - decay) * g * g
    mean_gradient = decay * mean_gradient + (1 - decay) * g
    moment = momentum * moment + learning_rate * g / np.sqrt(
        mean_square - mean_gradient * mean_gradient + epsilon
    )
    return [w - moment, mean_square, moment, mean_gradient]


_FORMULAS: dict[str, Callable[..., list[Array]]] = {
    "ApplyGradientDescent": gradient_descent,
    "ApplyMomentum": momentum,
    "ApplyAdagrad": adagrad,
    "ApplyAdadelta": adadelta,
    "ApplyAdam": adam,
    "ApplyAdamax": adamax,
    "ApplyRMSProp": rms_prop,
    "ApplyCenteredRMSProp": centered_rms_prop,
}


def _declare(
    name: str, slots: tuple[str, ...], attrs: tuple[str, ...], formula: Callable[..., list[Array]]
) -> None:
    @kernel(name, "cpu")
    def step(cpu: Cpu, *, out: tuple[Spec, ...], **named: Any) -> tuple[Handle, ...]:
        arrays = [cpu.array(named[key]) for key in ("value", "gradient", *slots)]
        results = formula(*arrays, **{key: named[key] for key in attrs})
        return tuple([cpu.handle(array, spec) for array, spec in zip(results, out, strict=True)])


for _name, (_slots, _attrs) in STEPS.items():
    _declare(_name, _slots, _attrs, _FORMULAS[_name])
