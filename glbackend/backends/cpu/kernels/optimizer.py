"""Optimizer steps in NumPy; the formulas are those of TF.js's and Keras's optimizers."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.contracts.optimizer import STEPS, Step
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


def gradient_descent(w: Array, g: Array, *, learning_rate: float) -> list[Array]:
    """w - rate g."""
    return [w - learning_rate * g]


def momentum(
    w: Array,
    g: Array,
    accumulation: Array,
    *,
    inner_rate: float,
    outer_rate: float,
    momentum: float,
    use_nesterov: float,
) -> list[Array]:
    """Polyak's heavy ball, or Nesterov's; a rate counts before the sum over steps, the other after it."""
    g = inner_rate * g
    accumulation = momentum * accumulation + g
    step = g + momentum * accumulation if use_nesterov else accumulation
    return [w - outer_rate * step, accumulation]


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


def adam_with_amsgrad(w: Array, g: Array, m: Array, v: Array, largest: Array, *, learning_rate: float,
                      beta1: float, beta2: float, correction1: float, correction2: float,
                      epsilon: float) -> list[Array]:  # fmt: skip
    """Reddi et al. 2018: the largest mean of squares so far."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    largest = np.maximum(largest, v)
    w = w - learning_rate * (m / correction1) / (np.sqrt(largest / correction2) + epsilon)
    return [w, m, v, largest]


def nadam(w: Array, g: Array, m: Array, v: Array, *, learning_rate: float, beta1: float, beta2: float,
          moment_share: float, gradient_share: float, correction2: float,
          epsilon: float) -> list[Array]:  # fmt: skip
    """Dozat 2016: Adam, where the gradient counts once more, as Nesterov has it."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    direction = (moment_share * m + gradient_share * g) / (np.sqrt(v / correction2) + epsilon)
    return [w - learning_rate * direction, m, v]


def lamb_direction(w: Array, g: Array, m: Array, v: Array, *, beta1: float, beta2: float,
                   correction1: float, correction2: float, epsilon: float) -> list[Array]:  # fmt: skip
    """You et al. 2020: Adam's direction, which is yet to be scaled by norms."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    return [w, m, v, (m / correction1) / (np.sqrt(v / correction2) + epsilon)]


def lion(w: Array, g: Array, m: Array, *, learning_rate: float, beta1: float, beta2: float) -> list[Array]:
    """Chen et al. 2023."""
    return [w - learning_rate * np.sign(beta1 * m + (1 - beta1) * g), beta2 * m + (1 - beta2) * g]


def ftrl(w: Array, g: Array, accumulated: Array, linear: Array, *, learning_rate: float,
         learning_rate_power: float, l1: float, l2: float, l2_shrinkage: float) -> list[Array]:  # fmt: skip
    """McMahan et al. 2013."""
    before = accumulated**-learning_rate_power
    accumulated = accumulated + g * g
    after = accumulated**-learning_rate_power
    linear = linear + (g + 2 * l2_shrinkage * w - (after - before) / learning_rate * w)
    w = (np.clip(linear, -l1, l1) - linear) / (after / learning_rate + 2 * l2)
    return [w, accumulated, linear]


_FORMULAS: dict[str, Callable[..., list[Array]]] = {
    "ApplyGradientDescent": gradient_descent,
    "ApplyMomentum": momentum,
    "ApplyAdagrad": adagrad,
    "ApplyAdadelta": adadelta,
    "ApplyAdam": adam,
    "ApplyAdamWithAmsgrad": adam_with_amsgrad,
    "ApplyNadam": nadam,
    "ApplyAdamax": adamax,
    "ApplyRMSProp": rms_prop,
    "ApplyCenteredRMSProp": centered_rms_prop,
    "ApplyFtrl": ftrl,
    "ApplyLion": lion,
    "LambDirection": lamb_direction,
}


def _declare(name: str, made: Step) -> None:
    @kernel(name, "cpu")
    def step(cpu: Cpu, *, out: tuple[Spec, ...], **named: Any) -> tuple[Handle, ...]:
        given = {key: cpu.array(one) if type(one) is Handle else one for key, one in named.items()}
        results = _step(_FORMULAS[name], made, given)
        return tuple([cpu.handle(array, spec) for array, spec in zip(results, out, strict=True)])


def _step(formula: Callable[..., list[Array]], made: Step, given: dict[str, Any]) -> list[Array]:
    """The formula, and around it what any optimizer may do besides."""
    w, g, slots = given["value"], given["gradient"], [given[key] for key in made.slots]
    if "pending" in given:
        pending = given["pending"] + g
        if not given["applies"]:
            moved, kept = [w, *slots, *[np.zeros_like(w)] * made.gives_direction], [pending]
            return _averaged(moved, kept, made, given)
        g = given["share"] * pending
    if "scale" in given:
        g = g * given["scale"]
    if "clip_value" in given:
        g = np.clip(g, -given["clip_value"], given["clip_value"])
    if "weight_loss" in given:
        w = w - given["weight_loss"] * w
    moved = formula(w, g, *slots, **{key: given[key] for key in made.attrs})
    return _averaged(moved, [np.zeros_like(w)] if "pending" in given else [], made, given)


def _averaged(moved: list[Array], kept: list[Array], made: Step, given: dict[str, Any]) -> list[Array]:
    """All outputs, the direction last."""
    if "average" in given:
        share = given["average_momentum"]
        average = share * given["average"] + (1 - share) * moved[0] if share else moved[0]
        kept = [*kept, average]
        moved = [average if given["overwrites"] else moved[0], *moved[1:]]
    end = 1 + len(made.slots)
    return [*moved[:end], *kept, *moved[end:]]


for _name, _made in STEPS.items():
    _declare(_name, _made)
