"""Adam and its kin: moving means of gradients and of their squares."""

from collections.abc import Mapping
from typing import Any, Self

from glbackend.base.late import derived
from glbackend.engine.tensor import Tensor, Variable
from glbackend.ops.logical import where
from glbackend.optimizers.optimizer import OPTIMIZERS, Numbers, Optimizer


@OPTIMIZERS.declare()
class Adam(Optimizer):
    """Steps by moving means of gradients and their squares (Kingma and Ba 2014). As Keras's Adam.

    `beta_1`, `beta_2`: share of the mean of gradients, and of that of squares, that stays in a step.
    `epsilon`: added to the root of the mean of squares.
    `amsgrad`: whether the largest mean of squares so far takes its place (Reddi et al. 2018).
    `corrected`: whether `epsilon` is added after that mean is corrected for its start at 0, as in the paper
    and in TF.js, not before, as in Keras.

    As `tf.train.adam`, which sets `corrected`.

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.optimizers.Adam(0.5).minimize(lambda: w * w); round(w.item(), 3)
    1.5
    """

    class_name = "Adam"
    own_slots: tuple[str, ...] = ("m", "v")
    kernel = "ApplyAdam"

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        corrected: bool = False,
        **options: Any,
    ) -> None:
        self.beta_1, self.beta_2, self.epsilon = *self._shares(beta_1, beta_2), epsilon
        self.amsgrad, self.corrected = amsgrad, corrected
        if amsgrad:
            self.kernel, self.own_slots = "ApplyAdamWithAmsgrad", (*self.own_slots, "vhat")
        super().__init__(learning_rate, **options)

    def attrs(self, step: int) -> dict[str, float]:
        means = _means(step, self.beta_1, self.beta_2)
        epsilon = self.epsilon if self.corrected else self.epsilon / means["correction2"] ** 0.5
        return {**super().attrs(step), **means, "epsilon": epsilon}

    def get_config(self) -> dict[str, Any]:
        """TF.js's optimizer is told from Keras's by its spelling, beta1."""
        config = super().get_config()
        if not config["amsgrad"]:
            del config["amsgrad"]
        if config.pop("corrected"):
            return {key.replace("beta_", "beta"): value for key, value in config.items()}
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        made = super().from_config(config)
        made.corrected = made.corrected or any(key in config for key in ("beta1", "beta2"))
        return made


@OPTIMIZERS.declare()
class AdamW(Adam):
    """Adam with weight decay (Loshchilov and Hutter 2017). As Keras's AdamW.

    `weight_decay`: before a step weights lose this share, times the rate.
    `beta_1`, `beta_2`, `epsilon`, `amsgrad`, `corrected`: as in Adam.

    TF.js has none.

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.optimizers.AdamW(0.5, weight_decay=0.5).minimize(lambda: w * w); round(w.item(), 3)
    1.0
    """

    class_name = "AdamW"

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Any,
    ) -> None:
        decay = weight_decay or 0.0  # a config tells it from the default
        super().__init__(learning_rate, beta_1, beta_2, epsilon, weight_decay=decay, **options)


@OPTIMIZERS.declare()
class Adamax(Optimizer):
    """Adam with the largest gradient in place of the mean of squares. As Keras's Adamax.

    `beta_1`, `beta_2`: share of the mean of gradients, and of the largest one, that stays in a step.
    `epsilon`: added to the largest gradient.
    `decay`: the rate of step n, from 0, is divided by 1 + decay * n; as in TF.js.

    Kingma and Ba 2014, section 7.1.

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.optimizers.Adamax(0.5).minimize(lambda: w * w); round(w.item(), 3)
    1.5
    """

    class_name = "Adamax"
    kernel = "ApplyAdamax"
    own_slots = ("m", "v")
    file_names = {"beta_1": "beta1", "beta_2": "beta2"}  # noqa: RUF012 - never changed

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        decay: float = 0.0,
        **options: Any,
    ) -> None:
        self.beta_1, self.beta_2, self.epsilon, self.decay = *self._shares(beta_1, beta_2), epsilon, decay
        super().__init__(learning_rate, **options)

    def attrs(self, step: int) -> dict[str, float]:
        rate, correction = self.rate_at(step) / (1 + self.decay * (step - 1)), 1 - self.beta_1**step
        return {"learning_rate": rate, "beta1": self.beta_1, "beta2": self.beta_2, "correction1": correction,
                "epsilon": self.epsilon}  # fmt: skip


@OPTIMIZERS.declare()
class Nadam(Optimizer):
    """Adam with Nesterov's momentum (Dozat 2016). As Keras's Nadam.

    `beta_1`, `beta_2`: share of the mean of gradients, and of that of squares, that stays in a step; the
    first grows from half of `beta_1` on.
    `epsilon`: added to the root of the mean of squares.

    TF.js has none.

    >>> import glbackend as gl
    >>> w = gl.variable(2.)
    >>> gl.optimizers.Nadam(0.5).minimize(lambda: w * w); w.item() < 2
    True
    """

    kernel = "ApplyNadam"
    own_slots = ("m", "v")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Any,
    ) -> None:
        self.beta_1, self.beta_2, self.epsilon = *self._shares(beta_1, beta_2), epsilon
        self._products = (0, 1.0)  # a step, and the product of the momentums up to it
        super().__init__(learning_rate, **options)

    def attrs(self, step: int) -> dict[str, float]:
        now, coming = self._momentum(step), self._momentum(step + 1)
        product = self.momentum_product(step)
        return {
            **super().attrs(step),
            "beta1": self.beta_1,
            "beta2": self.beta_2,
            "moment_share": coming / (1 - product * coming),
            "gradient_share": (1 - now) / (1 - product),
            "correction2": 1 - self.beta_2**step,
            "epsilon": self.epsilon,
        }

    def _momentum(self, step: int) -> float:
        return self.beta_1 * (1 - 0.5 * 0.96**step)

    def momentum_product(self, step: int) -> float:
        """Of the momentums of all steps up to this one; goes on from the last one asked for."""
        known, product = self._products if self._products[0] <= step else (0, 1.0)
        for i in range(known + 1, step + 1):
            product *= self._momentum(i)
            if not product:
                break
        self._products = (step, product)
        return product


@OPTIMIZERS.declare()
class Lamb(Optimizer):
    """Adam whose steps are as long as their variable, times the rate (You et al. 2020). As Keras's Lamb.

    `beta_1`, `beta_2`: share of the mean of gradients, and of that of squares, that stays in a step.
    `epsilon`: added to the root of the mean of squares.

    Two passes a variable, and those of two norms between them. TF.js has none.

    >>> import glbackend as gl
    >>> w = gl.variable([3., 4.])
    >>> gl.optimizers.Lamb(0.1).minimize(lambda: w.sum()); w.numpy().round(2)
    array([2.65, 3.65], dtype=float32)
    """

    kernel = "LambDirection"
    own_slots = ("m", "v")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Any,
    ) -> None:
        self.beta_1, self.beta_2, self.epsilon = *self._shares(beta_1, beta_2), epsilon
        super().__init__(learning_rate, **options)

    def attrs(self, step: int) -> dict[str, float]:
        return {**super().attrs(step), **_means(step, self.beta_1, self.beta_2), "epsilon": self.epsilon}

    def _update(self, variable: Variable, gradient: Tensor, numbers: Numbers, scale: Tensor | None) -> None:
        slots = self.slots_of(variable)
        average = slots[-1:] if self.use_ema else []
        kept = slots[: len(slots) - len(average)]
        names = ("first_moment", "second_moment", "pending")
        inputs = {"value": variable, "gradient": gradient, "scale": scale}
        inputs |= dict(zip(names, kept, strict=False))
        value, *moved, direction = self._run(self.kernel, inputs, numbers, self.decays(variable))
        inputs = {"value": value, "gradient": direction, "scale": _ratio(value, direction)}
        inputs |= dict(zip(("average",), average, strict=False))
        rate = Numbers(derived(_if_applied, numbers.given))
        updated = self._run("ApplyGradientDescent", inputs, rate, decays=False, clips=False)
        self._assign((variable, *average, *kept), (*updated, *moved))


def _if_applied(numbers: dict[str, float]) -> dict[str, float]:
    """With a rate of 0 where the step is not one that applies."""
    return {**numbers, "learning_rate": numbers["learning_rate"] * numbers["applies"]}


def _ratio(value: Tensor, direction: Tensor) -> Tensor:
    """The length of the variable by that of the direction; 1 where one of them is 0."""
    length, step = (one.square().sum().sqrt() for one in (value, direction))
    return where((length > 0).logical_and(step > 0), length / step, 1.0)


def _means(step: int, beta_1: float, beta_2: float) -> dict[str, float]:
    """How means go on, and what makes good that they began at 0."""
    return {
        "beta1": beta_1,
        "beta2": beta_2,
        "correction1": 1 - beta_1**step,
        "correction2": 1 - beta_2**step,
    }
