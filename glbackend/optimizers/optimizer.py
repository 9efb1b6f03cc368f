"""Optimizers: what all share, and one class each. An update is one kernel a variable: value and slots in one pass."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.base.shapes import Spec
from glbackend.contracts.optimizer import STEPS
from glbackend.engine.autodiff import gradient_pairs
from glbackend.engine.engine import engine, make_tensor
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor, Variable


class Optimizer:
    """Minimizes a scalar by changing variables. Slots are made when a variable is first seen."""

    class_name: ClassVar[str]  # TF.js's, as saved in training configs
    kernel: str
    slot_start: float = 0.0

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = float(learning_rate)
        self.iterations = 0
        self._slots: dict[int, list[Handle]] = {}

    def minimize(
        self, f: Callable[[], Tensor], return_cost: bool = False, var_list: Iterable[Variable] | None = None
    ) -> Tensor | None:
        """One step down the gradient of the scalar `f()`; its value where `return_cost`. As `optimizer.minimize`."""
        value, pairs = self.compute_gradients(f, var_list)
        self.apply_gradients(pairs)
        return value if return_cost else None

    def compute_gradients(
        self, f: Callable[[], Tensor], var_list: Iterable[Variable] | None = None
    ) -> tuple[Tensor, list[tuple[Tensor, Variable]]]:
        """Value of f() and (gradient, variable) pairs; nothing is changed. As `optimizer.computeGradients`."""
        return gradient_pairs(f, var_list, f"{self.class_name}.minimize")

    def apply_gradients(self, pairs: Iterable[tuple[Tensor, Variable]]) -> None:
        """Updates each variable of the (gradient, variable) pairs, and counts the step."""
        self.iterations += 1
        attrs = self.attrs()
        for gradient, variable in pairs:
            self._update(variable, gradient, attrs)

    def attrs(self) -> dict[str, float]:
        """The numbers of this step for the kernel."""
        return {"learning_rate": self.learning_rate}

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        return {"learning_rate": self.learning_rate}

    def get_weights(self) -> list[np.ndarray[Any, Any]]:
        """Step count and slots, as arrays."""
        slots = [handle.storage.values().reshape(handle.shape) for row in self._slots.values() for handle in row]
        return [np.array(self.iterations, np.int32), *slots]

    def dispose(self) -> None:
        """Forgets the slots."""
        self._slots.clear()

    def _update(self, variable: Variable, gradient: Tensor, attrs: Mapping[str, float]) -> None:
        names = STEPS[self.kernel][0]
        slots = self._slots.get(variable.id)
        if slots is None:
            slots = [self._new_slot(variable.spec) for _ in names]
        inputs = {"value": variable, "gradient": gradient}
        inputs |= {name: Tensor(slot) for name, slot in zip(names, slots, strict=True)}
        result = engine().run_kernel(self.kernel, inputs, attrs)
        updated = list(result) if isinstance(result, tuple) else [result]
        variable.assign(updated[0])
        self._slots[variable.id] = [slot.handle for slot in updated[1:]]
        for one in (*inputs.values(), *updated):
            if one is not variable and one is not gradient:
                one.dispose()

    def _new_slot(self, spec: Spec) -> Handle:
        return make_tensor(np.full(spec.shape, self.slot_start, np.float32), spec).handle


class SGD(Optimizer):
    """Stochastic gradient descent: w - rate * g. As `tf.train.sgd`."""

    class_name = "SGD"
    kernel = "ApplyGradientDescent"

    def __init__(self, learning_rate: float = 0.01) -> None:
        super().__init__(learning_rate)


class Momentum(Optimizer):
    """Gradient descent with momentum, Polyak's or Nesterov's. As `tf.train.momentum`."""

    class_name = "Momentum"
    kernel = "ApplyMomentum"

    def __init__(self, learning_rate: float, momentum: float = 0.9, use_nesterov: bool = False) -> None:
        super().__init__(learning_rate)
        self.momentum = float(momentum)
        self.use_nesterov = bool(use_nesterov)

    def attrs(self) -> dict[str, float]:
        return {**super().attrs(), "momentum": self.momentum, "use_nesterov": float(self.use_nesterov)}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "momentum": self.momentum, "use_nesterov": self.use_nesterov}


class Adagrad(Optimizer):
    """Adagrad (Duchi et al. 2011). As `tf.train.adagrad`."""

    class_name = "Adagrad"
    kernel = "ApplyAdagrad"

    def __init__(self, learning_rate: float, initial_accumulator_value: float = 0.1, epsilon: float = 1e-7) -> None:
        super().__init__(learning_rate)
        self.slot_start = float(initial_accumulator_value)
        self.epsilon = epsilon

    def attrs(self) -> dict[str, float]:
        return {**super().attrs(), "epsilon": self.epsilon}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "initial_accumulator_value": self.slot_start}


class Adadelta(Optimizer):
    """Adadelta (Zeiler 2012). As `tf.train.adadelta`."""

    class_name = "Adadelta"
    kernel = "ApplyAdadelta"

    def __init__(self, learning_rate: float = 0.001, rho: float = 0.95, epsilon: float = 1e-7) -> None:
        super().__init__(learning_rate)
        self.rho, self.epsilon = rho, epsilon

    def attrs(self) -> dict[str, float]:
        return {**super().attrs(), "rho": self.rho, "epsilon": self.epsilon}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}


class Adam(Optimizer):
    """Adam (Kingma and Ba 2014). As `tf.train.adam`."""

    class_name = "Adam"
    kernel = "ApplyAdam"

    def __init__(
        self, learning_rate: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-7
    ) -> None:
        super().__init__(learning_rate)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon

    def attrs(self) -> dict[str, float]:
        return {
            **super().attrs(),
            "beta1": self.beta1,
            "beta2": self.beta2,
            "correction1": 1 - self.beta1**self.iterations,
            "correction2": 1 - self.beta2**self.iterations,
            "epsilon": self.epsilon,
        }

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "beta1": self.beta1, "beta2": self.beta2, "epsilon": self.epsilon}


class Adamax(Optimizer):
    """Adamax (Kingma and Ba 2014, section 7.1). As `tf.train.adamax`."""

    class_name = "Adamax"
    kernel = "ApplyAdamax"

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

    def attrs(self) -> dict[str, float]:
        rate = self.learning_rate / (1 + self.decay * (self.iterations - 1))
        correction = 1 - self.beta1**self.iterations
        return {"learning_rate": rate, "beta1": self.beta1, "beta2": self.beta2, "correction1": correction,
                "epsilon": self.epsilon}  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "beta1": self.beta1, "beta2": self.beta2, "epsilon": self.epsilon,
                "decay": self.decay}  # fmt: skip


class RMSProp(Optimizer):
    """RMSProp (Hinton, lecture 6e), with momentum, centered or not. As `tf.train.rmsprop`."""

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

    def attrs(self) -> dict[str, float]:
        return {**super().attrs(), "decay": self.decay, "momentum": self.momentum, "epsilon": self.epsilon}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "decay": self.decay, "momentum": self.momentum, "epsilon": self.epsilon,
                "centered": self.centered}  # fmt: skip


BY_NAME: dict[str, Callable[[], Optimizer]] = {
    # defaults of the names, as in tf.layers' getOptimizer
    "sgd": lambda: SGD(0.01),
    "momentum": lambda: Momentum(0.01, 0.9),
    "adagrad": lambda: Adagrad(0.01),
    "adadelta": lambda: Adadelta(1.0, 0.95, 1e-7),
    "adam": lambda: Adam(0.001, 0.9, 0.999, 1e-7),
    "adamax": lambda: Adamax(0.002, 0.9, 0.999, 1e-7, 0.0),
    "rmsprop": lambda: RMSProp(0.001, 0.9, 0.0, 1e-7),
}


def get(optimizer: str | Optimizer) -> Optimizer:
    """The optimizer of that name ("adam", "SGD", ...), or the object itself; ArgumentError otherwise.

    >>> get("sgd").learning_rate
    0.01
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    make = BY_NAME.get(str(optimizer).lower())
    if make is None:
        raise ArgumentError(f"unknown optimizer {optimizer!r}: use an Optimizer or one of {', '.join(BY_NAME)}")
    return make()
