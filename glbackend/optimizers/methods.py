"""The optimizers: one class for each method, with Keras's arguments; `moments.py` has Adam and its kin."""

from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.optimizers.optimizer import OPTIMIZERS, Optimizer


@OPTIMIZERS.declare()
class SGD(Optimizer):
    """Stochastic gradient descent: w - rate * g, with momentum where asked for. As Keras's SGD.

    `momentum`: share of the last step that goes on.
    `nesterov`: whether the gradient counts where that share leads (Nesterov 1983).

    As `tf.train.sgd` where there is no momentum; with it, a change of the rate changes what is added to the
    last step, not that step as well, which `Momentum` does.

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.optimizers.SGD(0.25).minimize(lambda: w * w); w.item()
    1.0
    """

    class_name = "SGD"

    def __init__(
        self, learning_rate: Any = 0.01, momentum: float = 0.0, nesterov: bool = False, **options: Any
    ) -> None:
        self.momentum, self.nesterov = float(momentum), bool(nesterov)
        self.kernel = "ApplyMomentum" if momentum else "ApplyGradientDescent"
        self.own_slots = ("momentum",) if momentum else ()
        super().__init__(learning_rate, **options)

    def attrs(self, step: int) -> dict[str, float]:
        rate = super().attrs(step)["learning_rate"]
        if not self.momentum:
            return {"learning_rate": rate}
        return {"learning_rate": rate, "inner_rate": rate, "outer_rate": 1.0, "momentum": self.momentum,
                "use_nesterov": float(self.nesterov)}  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if not self.momentum:  # as TF.js writes it
            del config["momentum"], config["nesterov"]
        return config


@OPTIMIZERS.declare()
class Momentum(Optimizer):
    """Gradient descent with momentum, Polyak's or Nesterov's. As `tf.train.momentum`.

    `momentum`: share of the last step that goes on.
    `use_nesterov`: whether the gradient counts where that share leads (Nesterov 1983).

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.train.momentum(0.25).minimize(lambda: w * w); w.item()
    1.0
    """

    class_name = "Momentum"
    kernel = "ApplyMomentum"
    own_slots = ("momentum",)

    def __init__(
        self, learning_rate: Any, momentum: float = 0.9, use_nesterov: bool = False, **options: Any
    ) -> None:
        self.momentum, self.use_nesterov = float(momentum), bool(use_nesterov)
        super().__init__(learning_rate, **options)

    def attrs(self, step: int) -> dict[str, float]:
        rate = super().attrs(step)["learning_rate"]
        return {"learning_rate": rate, "inner_rate": 1.0, "outer_rate": rate, "momentum": self.momentum,
                "use_nesterov": float(self.use_nesterov)}  # fmt: skip


@OPTIMIZERS.declare()
class Adagrad(Optimizer):
    """Steps that shrink with the sum of squared gradients (Duchi et al. 2011). As Keras's Adagrad.

    `initial_accumulator_value`: what the sum starts from.
    `epsilon`: added to the sum before its root is taken.

    The rate is divided by the root of the sum.

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.optimizers.Adagrad(0.5, initial_accumulator_value=0.).minimize(lambda: w * w); round(w.item(), 3)
    1.5
    """

    class_name = "Adagrad"
    kernel = "ApplyAdagrad"
    own_slots = ("accumulator",)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **options: Any,
    ) -> None:
        self.initial_accumulator_value = self.slot_start = float(initial_accumulator_value)
        self.epsilon = epsilon
        super().__init__(learning_rate, **options)

    def attrs(self, step: int) -> dict[str, float]:
        return {**super().attrs(step), "epsilon": self.epsilon}


@OPTIMIZERS.declare()
class Adadelta(Optimizer):
    """Steps by moving means of squared gradients and squared steps (Zeiler 2012). As Keras's Adadelta.

    `rho`: share of the means that stays in a step.
    `epsilon`: added to both means before their roots are taken.

    It is as published; TF.js divides by the accumulator of the step before.

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.optimizers.Adadelta(1.0).minimize(lambda: w * w); w.item() < 2
    True
    """

    class_name = "Adadelta"
    kernel = "ApplyAdadelta"
    own_slots = ("accum_grad", "accum_var")

    def __init__(
        self, learning_rate: Any = 0.001, rho: float = 0.95, epsilon: float = 1e-7, **options: Any
    ) -> None:
        self.rho, self.epsilon = rho, epsilon
        super().__init__(learning_rate, **options)

    def attrs(self, step: int) -> dict[str, float]:
        return {**super().attrs(step), "rho": self.rho, "epsilon": self.epsilon}


@OPTIMIZERS.declare()
class RMSprop(Optimizer):
    """Steps divided by a moving root mean square of gradients (Hinton, lecture 6e). As Keras's RMSprop.

    `rho`: share of the mean that stays in a step; TF.js calls it decay.
    `momentum`: share of the last step that goes on.
    `epsilon`: added to the mean before its root is taken.
    `centered`: whether the square of the mean gradient is taken from it: the variance remains.

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.optimizers.RMSprop(0.5, rho=0.).minimize(lambda: w * w); round(w.item(), 3)
    1.5
    """

    class_name = "RMSProp"
    file_names = {"rho": "decay"}  # noqa: RUF012 - never changed

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **options: Any,
    ) -> None:
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered
        self.kernel = "ApplyCenteredRMSProp" if centered else "ApplyRMSProp"
        self.own_slots = ("rms", "momentum", "mg") if centered else ("rms", "momentum")
        super().__init__(learning_rate, **options)

    def attrs(self, step: int) -> dict[str, float]:
        return {**super().attrs(step), "decay": self.rho, "momentum": self.momentum, "epsilon": self.epsilon}


@OPTIMIZERS.declare()
class Ftrl(Optimizer):
    """Follow the regularized leader (McMahan et al. 2013): weights that do little are exactly 0.

    `learning_rate_power`: how fast steps shrink with the sum of squared gradients; at most 0, which keeps
    them.
    `initial_accumulator_value`: what that sum starts from.
    `l1_regularization_strength`, `l2_regularization_strength`: how strongly weights are drawn to 0.
    `l2_shrinkage_regularization_strength`: the same by the gradient, with the weights as they are.
    `beta`: added to that root, as in the paper.

    As Keras's Ftrl. TF.js has none.

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.optimizers.Ftrl(0.5, l1_regularization_strength=20.).minimize(lambda: w * w); w.item()
    0.0
    """

    kernel = "ApplyFtrl"
    own_slots = ("accumulator", "linear")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **options: Any,
    ) -> None:
        strengths = (
            l1_regularization_strength,
            l2_regularization_strength,
            l2_shrinkage_regularization_strength,
        )
        _at_least_zero("Ftrl", initial_accumulator_value, -learning_rate_power, *strengths)
        self.learning_rate_power, self.beta = learning_rate_power, beta
        self.initial_accumulator_value = float(initial_accumulator_value)
        self.l1_regularization_strength, self.l2_regularization_strength = strengths[:2]
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        super().__init__(learning_rate, **options)

    def slot_starts(self) -> tuple[float, ...]:
        return (self.initial_accumulator_value, 0.0)

    def attrs(self, step: int) -> dict[str, float]:
        rate = self.rate_at(step)
        if rate <= 0:
            raise ArgumentError(
                f"Ftrl: learning_rate must be above 0, as its method divides by it, got {rate}"
            )
        return {
            "learning_rate": rate,
            "learning_rate_power": self.learning_rate_power,
            "l1": self.l1_regularization_strength,
            "l2": self.l2_regularization_strength + self.beta / (2 * rate),
            "l2_shrinkage": self.l2_shrinkage_regularization_strength,
        }


@OPTIMIZERS.declare()
class Lion(Optimizer):
    """Steps of one size: the sign of a moving mean of gradients (Chen et al. 2023). As Keras's Lion.

    `beta_1`: share of the mean in what gives the sign; the rest is the gradient's.
    `beta_2`: share of the mean that stays in a step.

    TF.js has none.

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.optimizers.Lion(0.5).minimize(lambda: w * w); w.item()
    1.5
    """

    kernel = "ApplyLion"
    own_slots = ("m",)

    def __init__(
        self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.99, **options: Any
    ) -> None:
        if not 0 < beta_1 <= 1:
            raise ArgumentError(f"Lion: beta_1 must lie in (0, 1], got {beta_1}")
        self.beta_1, self.beta_2 = beta_1, beta_2
        super().__init__(learning_rate, **options)

    def attrs(self, step: int) -> dict[str, float]:
        return {**super().attrs(step), "beta1": self.beta_1, "beta2": self.beta_2}


def _at_least_zero(name: str, *numbers: float) -> None:
    """ArgumentError where a number is negative."""
    if min(numbers) < 0:
        raise ArgumentError(f"{name}: strengths must be at least 0 and learning_rate_power at most 0")
