"""The optimizers: one class for each method, and `get`, which finds one by name."""

from typing import Any

from glbackend.optimizers.optimizer import OPTIMIZERS, Optimizer


@OPTIMIZERS.declare()
class SGD(Optimizer):
    """Stochastic gradient descent: w - rate * g. As `tf.train.sgd`.

    `learning_rate`: size of a step.

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.train.sgd(0.25).minimize(lambda: w * w); w.item()
    1.0
    """

    class_name = "SGD"
    kernel = "ApplyGradientDescent"

    def __init__(self, learning_rate: float = 0.01) -> None:
        super().__init__(learning_rate)


@OPTIMIZERS.declare()
class Momentum(Optimizer):
    """Gradient descent with momentum, Polyak's or Nesterov's. As `tf.train.momentum`.

    `learning_rate`: size of a step.
    `momentum`: share of the last step that goes on.
    `use_nesterov`: whether the gradient counts where that share leads (Nesterov 1983).

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.train.momentum(0.25).minimize(lambda: w * w); w.item()
    1.0
    """

    class_name = "Momentum"
    kernel = "ApplyMomentum"
    slot_names = ("momentum",)

    def __init__(self, learning_rate: float, momentum: float = 0.9, use_nesterov: bool = False) -> None:
        super().__init__(learning_rate)
        self.momentum = float(momentum)
        self.use_nesterov = bool(use_nesterov)

    def attrs(self, step: int) -> dict[str, float]:
        return {**super().attrs(step), "momentum": self.momentum, "use_nesterov": float(self.use_nesterov)}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "momentum": self.momentum, "use_nesterov": self.use_nesterov}


@OPTIMIZERS.declare()
class Adagrad(Optimizer):
    """Steps that shrink with the sum of squared gradients (Duchi et al. 2011). As `tf.train.adagrad`.

    `learning_rate`: size of a step before it is divided by the root of that sum.
    `initial_accumulator_value`: what the sum starts from.
    `epsilon`: added to the sum before its root is taken.

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.train.adagrad(0.5, initial_accumulator_value=0.).minimize(lambda: w * w); round(w.item(), 3)
    1.5
    """

    class_name = "Adagrad"
    kernel = "ApplyAdagrad"
    slot_names = ("accumulator",)

    def __init__(
        self, learning_rate: float, initial_accumulator_value: float = 0.1, epsilon: float = 1e-7
    ) -> None:
        super().__init__(learning_rate)
        self.slot_start = float(initial_accumulator_value)
        self.epsilon = epsilon

    def attrs(self, step: int) -> dict[str, float]:
        return {**super().attrs(step), "epsilon": self.epsilon}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "initial_accumulator_value": self.slot_start}


@OPTIMIZERS.declare()
class Adadelta(Optimizer):
    """Steps by moving means of squared gradients and squared steps (Zeiler 2012). As `tf.train.adadelta`.

    `learning_rate`: factor of a step.
    `rho`: share of the means that stays in a step.
    `epsilon`: added to both means before their roots are taken.

    It is as published; TF.js divides by the accumulator of the step before.

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.train.adadelta(1.0).minimize(lambda: w * w); w.item() < 2
    True
    """

    class_name = "Adadelta"
    kernel = "ApplyAdadelta"
    slot_names = ("accum_grad", "accum_var")

    def __init__(self, learning_rate: float = 0.001, rho: float = 0.95, epsilon: float = 1e-7) -> None:
        super().__init__(learning_rate)
        self.rho, self.epsilon = rho, epsilon

    def attrs(self, step: int) -> dict[str, float]:
        return {**super().attrs(step), "rho": self.rho, "epsilon": self.epsilon}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}


@OPTIMIZERS.declare()
class Adam(Optimizer):
    """Steps by moving means of gradients and their squares (Kingma and Ba 2014). As `tf.train.adam`.

    `learning_rate`: size of a step.
    `beta1`, `beta2`: share of the mean of gradients, and of that of squares, that stays in a step.
    `epsilon`: added to the root of the mean of squares.

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.train.adam(0.5).minimize(lambda: w * w); round(w.item(), 3)
    1.5
    """

    class_name = "Adam"
    kernel = "ApplyAdam"
    slot_names = ("m", "v")

    def __init__(
        self, learning_rate: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-7
    ) -> None:
        super().__init__(learning_rate)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon

    def attrs(self, step: int) -> dict[str, float]:
        return {
            **super().attrs(step),
            "beta1": self.beta1,
            "beta2": self.beta2,
            "correction1": 1 - self.beta1**step,
            "correction2": 1 - self.beta2**step,
            "epsilon": self.epsilon,
        }

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "beta1": self.beta1, "beta2": self.beta2, "epsilon": self.epsilon}


@OPTIMIZERS.declare()
class Adamax(Optimizer):
    """Adam with the largest gradient in place of the mean of squares. As `tf.train.adamax`.

    `learning_rate`: size of a step.
    `beta1`, `beta2`: share of the mean of gradients, and of the largest one, that stays in a step.
    `epsilon`: added to the largest gradient.
    `decay`: the rate of step n, from 0, is divided by 1 + decay * n.

    Kingma and Ba 2014, section 7.1.

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.train.adamax(0.5).minimize(lambda: w * w); round(w.item(), 3)
    1.5
    """

    class_name = "Adamax"
    kernel = "ApplyAdamax"
    slot_names = ("m", "v")

    def __init__(
        self,
        learning_rate: float = 0.002,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-7,
        decay: float = 0.0,
    ) -> None:
        super().__init__(learning_rate)
        self.beta1, self.beta2, self.epsilon, self.decay = beta1, beta2, epsilon, decay

    def attrs(self, step: int) -> dict[str, float]:
        rate = self.learning_rate / (1 + self.decay * (step - 1))
        correction = 1 - self.beta1**step
        return {"learning_rate": rate, "beta1": self.beta1, "beta2": self.beta2, "correction1": correction,
                "epsilon": self.epsilon}  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "beta1": self.beta1, "beta2": self.beta2, "epsilon": self.epsilon,
                "decay": self.decay}  # fmt: skip


@OPTIMIZERS.declare()
class RMSProp(Optimizer):
    """Steps divided by a moving root mean square of gradients (Hinton, lecture 6e). As `tf.train.rmsprop`.

    `learning_rate`: size of a step.
    `decay`: share of the mean that stays in a step.
    `momentum`: share of the last step that goes on.
    `epsilon`: added to the mean before its root is taken.
    `centered`: whether the square of the mean gradient is taken from it: the variance remains.

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.train.rmsprop(0.5, decay=0.).minimize(lambda: w * w); round(w.item(), 3)
    1.5
    """

    class_name = "RMSProp"

    def __init__(
        self,
        learning_rate: float,
        decay: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
    ) -> None:
        super().__init__(learning_rate)
        self.decay, self.momentum, self.epsilon, self.centered = decay, momentum, epsilon, centered
        self.kernel = "ApplyCenteredRMSProp" if centered else "ApplyRMSProp"
        self.slot_names = ("rms", "momentum", "mg") if centered else ("rms", "momentum")

    def attrs(self, step: int) -> dict[str, float]:
        return {
            **super().attrs(step),
            "decay": self.decay,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
        }

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "decay": self.decay, "momentum": self.momentum, "epsilon":
        self.epsilon, "centered": self.centered}  # fmt: skip


# what differs where an optimizer is given by name alone: as in tf.layers' getOptimizer
RATES = {"Momentum": 0.01, "Adagrad": 0.01, "Adadelta": 1.0, "Adamax": 0.001, "RMSProp": 0.001}


def get(optimizer: str | Optimizer) -> Optimizer:
    """The optimizer of that name ("adam", "SGD", ...), or the object itself; ArgumentError otherwise.

    >>> get("sgd").learning_rate
    0.01
    """
    if not isinstance(optimizer, str):
        return OPTIMIZERS.get(optimizer)
    found = OPTIMIZERS.find(optimizer)
    return found.make({"learning_rate": RATES[found.name]} if found.name in RATES else {})
