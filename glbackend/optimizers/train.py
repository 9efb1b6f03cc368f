"""Optimizers, as `gl.train`: by the names of `tf.train`, with its arguments and defaults.

The options of all optimizers (`clipnorm`, `weight_decay`, ...) may follow; those that TF.js lacks are Keras's
by another name. `gl.optimizers` has all of them as classes, with Keras's arguments and defaults.

>>> import glbackend as gl
>>> gl.train.adam(0.01).learning_rate
0.01
"""

from collections.abc import Callable
from typing import Any

from glbackend.base.calling import checked
from glbackend.optimizers.methods import SGD as sgd
from glbackend.optimizers.methods import Adadelta as adadelta
from glbackend.optimizers.methods import Adagrad, RMSprop
from glbackend.optimizers.methods import Ftrl as ftrl
from glbackend.optimizers.methods import Lion as lion
from glbackend.optimizers.methods import Momentum as momentum
from glbackend.optimizers.moments import Adam, Adamax
from glbackend.optimizers.moments import AdamW as adamw
from glbackend.optimizers.moments import Lamb as lamb
from glbackend.optimizers.moments import Nadam as nadam
from glbackend.optimizers.optimizer import OPTIMIZERS, Optimizer

__all__ = [
    "Optimizer", "adadelta", "adagrad", "adam", "adamax", "adamw", "ftrl", "lamb", "lion", "momentum",
    "nadam", "rmsprop", "sgd",
]  # fmt: skip


@checked
def adagrad(
    learning_rate: Any, initial_accumulator_value: float = 0.1, epsilon: float = 1e-7, **options: Any
) -> Adagrad:
    """The optimizer `Adagrad`. As `tf.train.adagrad`.

    `learning_rate`, `initial_accumulator_value`, `epsilon`, `options`: its arguments.

    >>> import glbackend as gl
    >>> gl.train.adagrad(0.5).learning_rate
    0.5
    """
    return Adagrad(learning_rate, initial_accumulator_value, epsilon, **options)


@checked
def adam(
    learning_rate: Any = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float | None = None,
    **options: Any,
) -> Adam:
    """The optimizer `Adam`, with `epsilon` where TF.js adds it. As `tf.train.adam`.

    `learning_rate`: size of a step.
    `beta1`, `beta2`: `beta_1` and `beta_2` of the class.
    `epsilon`: added to the corrected root; None is 1e-7.
    `options`: further arguments of the class.

    >>> import glbackend as gl
    >>> gl.train.adam(0.5, beta1=0.8).beta_1
    0.8
    """
    number = 1e-7 if epsilon is None else epsilon
    return Adam(learning_rate, beta1, beta2, number, corrected=True, **options)


@checked
def adamax(
    learning_rate: Any = 0.002,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float | None = None,
    decay: float = 0.0,
    **options: Any,
) -> Adamax:
    """The optimizer `Adamax`, with another rate by default. As `tf.train.adamax`.

    `learning_rate`: size of a step.
    `beta1`, `beta2`: `beta_1` and `beta_2` of the class.
    `epsilon`, `decay`, `options`: further arguments of the class; None as epsilon is 1e-7.

    >>> import glbackend as gl
    >>> gl.train.adamax().learning_rate
    0.002
    """
    return Adamax(learning_rate, beta1, beta2, 1e-7 if epsilon is None else epsilon, decay, **options)


@checked
def rmsprop(
    learning_rate: Any,
    decay: float = 0.9,
    momentum: float = 0.0,
    epsilon: float | None = None,
    centered: bool = False,
    **options: Any,
) -> RMSprop:
    """The optimizer `RMSprop`. As `tf.train.rmsprop`.

    `learning_rate`: size of a step.
    `decay`: `rho` of the class.
    `momentum`, `epsilon`, `centered`, `options`: further arguments of the class; None as epsilon is 1e-7.

    >>> import glbackend as gl
    >>> gl.train.rmsprop(0.5, decay=0.8).rho
    0.8
    """
    number = 1e-7 if epsilon is None else epsilon
    return RMSprop(learning_rate, decay, momentum, number, centered, **options)


# what an optimizer that TF.js has is where it is given by name alone: as in tf.layers' getOptimizer
BY_NAME: dict[str, Callable[[], Optimizer]] = {
    "SGD": sgd,
    "Momentum": lambda: momentum(0.01),
    "Adagrad": lambda: adagrad(0.01),
    "Adadelta": lambda: adadelta(1.0),
    "Adam": adam,
    "Adamax": adamax,
    "RMSProp": lambda: rmsprop(0.001),
}


def get(optimizer: Any) -> Optimizer:
    """The optimizer of that name ("adam", "SGD", ...), or the object itself; ArgumentError otherwise.

    By a name that TF.js has, it is TF.js's.

    >>> get("adagrad").learning_rate
    0.01
    """
    found = OPTIMIZERS.find(optimizer) if isinstance(optimizer, str) else None
    if found is not None and found.name in BY_NAME and not found.own:
        return BY_NAME[found.name]()
    return OPTIMIZERS.get(optimizer)
