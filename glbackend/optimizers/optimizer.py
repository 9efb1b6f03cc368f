"""Optimizers: what all share, and one class each. An update is one kernel a variable:

value and slots in one pass.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from glbackend.base.calling import Explained
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.optimizer import STEPS
from glbackend.engine.autodiff import gradient_pairs
from glbackend.engine.engine import engine, make_tensor
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor, Variable


class NamedTensor(NamedTuple):
    """A part of an optimizer's state."""

    name: str
    tensor: Tensor


class State(NamedTuple):
    """The slots of a variable of that name."""

    name: str
    slots: list[Handle]


class Optimizer(metaclass=Explained):
    """Minimizes a scalar by changing variables. Slots are made when a variable is first seen.

    `learning_rate` may be changed between steps.
    """

    class_name: ClassVar[str]  # TF.js's, as saved in training configs
    slot_names: tuple[str, ...] = ()  # TF.js's names of the slots, in the kernel's order
    kernel: str
    slot_start: float = 0.0

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = float(learning_rate)
        self.iterations = 0
        self._states: dict[int, State] = {}  # by the variable's id

    def minimize(
        self, f: Callable[[], Tensor], return_cost: bool = False, var_list: Iterable[Variable] | None = None
    ) -> Tensor | None:
        """One step down the gradient of the scalar `f()`; its value where `return_cost`.

        As `optimizer.minimize`.
        """
        value, pairs = self.compute_gradients(f, var_list)
        self.apply_gradients(pairs)
        return value if return_cost else None

    def compute_gradients(
        self, f: Callable[[], Tensor], var_list: Iterable[Variable] | None = None
    ) -> tuple[Tensor, list[tuple[Tensor, Variable]]]:
        """Value of f() and (gradient, variable) pairs; nothing is changed.

        As `optimizer.computeGradients`.
        """
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

    def get_weights(self) -> list["NamedTensor"]:
        """The step count "iter", then each slot of all variables, named as TF.js does.

        As `optimizer.getWeights`.
        """
        count = np.array(self.iterations, np.int32)
        found = [NamedTensor("iter", make_tensor(count, Spec((), "int32")))]
        for i, suffix in enumerate(self.slot_names):
            for state in self._states.values():
                found.append(NamedTensor(f"{state.name}/{suffix}", Tensor(state.slots[i])))
        return found

    def set_weights(self, weights: Sequence[Any], var_list: Sequence[Variable]) -> None:
        """Takes up a state that `get_weights` gave, for the variables whose state it is, in their order.

        Raises ArgumentError or ShapeError where it does not fit, which changes nothing. As
        `optimizer.setWeights`.
        """
        arrays = [np.asarray(one.tensor if isinstance(one, NamedTensor) else one) for one in weights]
        count, slots = len(var_list), arrays[1:]
        if len(arrays) not in (1, 1 + count * len(self.slot_names)):  # 1: saved before the first step
            raise ArgumentError(
                f"{self.class_name}: {count} variables have {1 + count * len(self.slot_names)} weights of "
                f"state, but {len(arrays)} were given"
            )
        states: dict[int, State] = {}
        for i, variable in enumerate(var_list if slots else ()):
            own = slots[i::count]
            if any(array.shape != variable.shape for array in own):
                raise ShapeError(f"{self.class_name}: the state of {variable.name!r} must have its shape")
            handles = [make_tensor(np.array(array, np.float32), variable.spec).handle for array in own]
            states[variable.id] = State(variable.name, handles)
        self.iterations, self._states = int(arrays[0]), states

    def dispose(self) -> None:
        """Forgets the slots."""
        self._states.clear()

    def _update(self, variable: Variable, gradient: Tensor, attrs: Mapping[str, float]) -> None:
        names = STEPS[self.kernel][0]
        state = self._states.get(variable.id)
        slots = [self._new_slot(variable.spec) for _ in names] if state is None else state.slots
        inputs = {"value": variable, "gradient": gradient}
        inputs |= {name: Tensor(slot) for name, slot in zip(names, slots, strict=True)}
        result = engine().run_kernel(self.kernel, inputs, attrs)
        updated = list(result) if isinstance(result, tuple) else [result]
        variable.assign(updated[0])
        self._states[variable.id] = State(variable.name, [slot.handle for slot in updated[1:]])
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
    slot_names = ("momentum",)

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
    slot_names = ("accumulator",)

    def __init__(
        self, learning_rate: float, initial_accumulator_value: float = 0.1, epsilon: float = 1e-7
    ) -> None:
        super().__init__(learning_rate)
        self.slot_start = float(initial_accumulator_value)
        self.epsilon = epsilon

    def attrs(self) -> dict[str, float]:
        return {**super().attrs(), "epsilon": self.epsilon}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "initial_accumulator_value": self.slot_start}


class Adadelta(Optimizer):
    """Adadelta (Zeiler 2012), as published: TF.js divides by the accumulator of the step before.

    As `tf.train.adadelta`.
    """

    class_name = "Adadelta"
    kernel = "ApplyAdadelta"
    slot_names = ("accum_grad", "accum_var")

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
    slot_names = ("m", "v")

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
        self.slot_names = ("rms", "momentum", "mg") if centered else ("rms", "momentum")

    def attrs(self) -> dict[str, float]:
        return {**super().attrs(), "decay": self.decay, "momentum": self.momentum, "epsilon": self.epsilon}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "decay": self.decay, "momentum": self.momentum, "epsilon":
        self.epsilon, "centered": self.centered}  # fmt: skip


CLASSES: tuple[type[Optimizer], ...] = (SGD, Momentum, Adagrad, Adadelta, Adam, Adamax, RMSProp)
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
        raise ArgumentError(
            f"unknown optimizer {optimizer!r}: use an Optimizer or one of {', '.join(BY_NAME)}"
        )
    return make()
