"""Optimizers: what all share, and one class each.

An update is one kernel a variable: value and slots in one pass. What a step finds changed by the one before
is in Variables (the slots) or late (the numbers of the step), so that a step can be traced.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, ClassVar, NamedTuple

import numpy as np

from glbackend.base.calling import Explained
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.late import derived
from glbackend.base.registry import Registry
from glbackend.base.shapes import Spec
from glbackend.contracts.optimizer import STEPS
from glbackend.engine.autodiff import gradient_pairs
from glbackend.engine.engine import engine, make_tensor
from glbackend.engine.node import late
from glbackend.engine.tensor import Tensor, Variable


class NamedTensor(NamedTuple):
    """A part of an optimizer's state."""

    name: str
    tensor: Tensor


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
        self._slots: dict[Variable, list[Variable]] = {}  # by the variable itself, in the kernel's order

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
        numbers = late(self._next_step, lambda ahead: self.attrs(self.iterations + 1 + ahead))
        attrs = {name: derived(itemgetter(name), numbers) for name in STEPS[self.kernel][1]}
        for gradient, variable in pairs:
            self._update(variable, gradient, attrs)

    def _next_step(self) -> dict[str, float]:
        self.iterations += 1
        return self.attrs(self.iterations)

    def attrs(self, step: int) -> dict[str, float]:
        """The kernel's numbers for the step of that number, which counts from 1."""
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
        for i in range(len(self.slot_names)):
            for slots in self._slots.values():
                found.append(NamedTensor(slots[i].name, Tensor(slots[i].handle)))
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
        pairs = [(variable, slots[i::count]) for i, variable in enumerate(var_list)] if slots else []
        self.restore(arrays[0], pairs)

    def restore(
        self, iterations: Any, state: Iterable[tuple[Variable, Sequence[np.ndarray[Any, Any]]]]
    ) -> None:
        """Takes up a step count and the slots of variables, in the order of `slot_names`; others begin anew.

        Raises ArgumentError or ShapeError where it does not fit, which changes nothing.
        """
        made: dict[Variable, list[Variable]] = {}
        for variable, slots in state:
            if any(array.shape != variable.shape or array.dtype.kind not in "fiub" for array in slots):
                raise ShapeError(
                    f"{self.class_name}: the state of {variable.name!r} must be numbers, of its shape"
                )
            made[variable] = self._new_slots(variable, [np.array(array, np.float32) for array in slots])
        count = np.asarray(iterations)
        if count.size != 1 or count.dtype.kind not in "fiu":
            raise ArgumentError(f"{self.class_name}: the step count must be one number")
        self.dispose()
        self.iterations, self._slots = int(count.item()), made

    def knows(self, variable: Variable) -> bool:
        """Whether a step, or a state taken up, has reached the variable."""
        return variable in self._slots

    def slots(self, variable: Variable) -> list[np.ndarray[Any, Any]]:
        """The slots of a variable in the order of `slot_names`; before a step, what they start from."""
        if not self.knows(variable):
            return [np.full(variable.shape, self.slot_start, np.float32)] * len(self.slot_names)
        return [one.numpy() for one in self._slots[variable]]

    def dispose(self) -> None:
        """Gives the slots' data back; the next step starts from new ones."""
        for slots in self._slots.values():
            for slot in slots:
                slot.dispose()
        self._slots = {}

    def _update(self, variable: Variable, gradient: Tensor, attrs: Mapping[str, Any]) -> None:
        slots = self._slots.get(variable)
        if slots is None:
            slots = self._slots[variable] = self._new_slots(variable, self.slots(variable))
        names = STEPS[self.kernel][0]
        inputs = {"value": variable, "gradient": gradient, **dict(zip(names, slots, strict=True))}
        updated = engine().run_kernel(self.kernel, inputs, attrs)
        for old, new in zip((variable, *slots), updated, strict=True):
            old.assign(new)
            new.dispose()

    def _new_slots(self, variable: Variable, values: Sequence[np.ndarray[Any, Any]]) -> list[Variable]:
        return [
            Variable(
                make_tensor(value, variable.spec).handle, trainable=False, name=f"{variable.name}/{suffix}"
            )
            for suffix, value in zip(self.slot_names, values, strict=True)
        ]


OPTIMIZERS: Registry[Optimizer] = Registry("optimizer", Optimizer, functions=False)


@OPTIMIZERS.declare()
class SGD(Optimizer):
    """Stochastic gradient descent: w - rate * g. As `tf.train.sgd`."""

    class_name = "SGD"
    kernel = "ApplyGradientDescent"

    def __init__(self, learning_rate: float = 0.01) -> None:
        super().__init__(learning_rate)


@OPTIMIZERS.declare()
class Momentum(Optimizer):
    """Gradient descent with momentum, Polyak's or Nesterov's. As `tf.train.momentum`."""

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

    def attrs(self, step: int) -> dict[str, float]:
        return {**super().attrs(step), "epsilon": self.epsilon}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "initial_accumulator_value": self.slot_start}


@OPTIMIZERS.declare()
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

    def attrs(self, step: int) -> dict[str, float]:
        return {**super().attrs(step), "rho": self.rho, "epsilon": self.epsilon}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}


@OPTIMIZERS.declare()
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
