"""What all optimizers share.

An update is one kernel a variable: value and slots in one pass. What a step finds changed by the one before
is in Variables (the slots) or late (the numbers of the step), so that a step can be traced.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
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
    """Minimizes a scalar by changing variables. As TF.js's Optimizer.

    `learning_rate`: size of a step; it may be changed between steps. What an optimizer remembers of a
    variable is made when that is first seen.

    >>> import glbackend as gl
    >>> w = gl.variable(3.)
    >>> gl.train.sgd(0.5).minimize(lambda: w.square().sum(), return_cost=True).item(), w.item()
    (9.0, 0.0)
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
        """One step down the gradient of a scalar. As `optimizer.minimize`.

        `f`: a function without arguments that gives the scalar.
        `return_cost`: whether its value is given back; else None is.
        `var_list`: the variables to change; by default all trainable ones that f uses.

        >>> import glbackend as gl
        >>> w = gl.variable(2.)
        >>> gl.train.sgd(0.25).minimize(lambda: w * w)
        >>> w.item()
        1.0
        """
        value, pairs = self.compute_gradients(f, var_list)
        self.apply_gradients(pairs)
        return value if return_cost else None

    def compute_gradients(
        self, f: Callable[[], Tensor], var_list: Iterable[Variable] | None = None
    ) -> tuple[Tensor, list[tuple[Tensor, Variable]]]:
        """The value of a scalar and its gradients; nothing is changed. As `optimizer.computeGradients`.

        `f`, `var_list`: as in `minimize`. Gives the value and a list of pairs (gradient, variable).

        >>> import glbackend as gl
        >>> w = gl.variable(2.)
        >>> value, [(gradient, _)] = gl.train.sgd(0.25).compute_gradients(lambda: w * w)
        >>> value.item(), gradient.item()
        (4.0, 4.0)
        """
        return gradient_pairs(f, var_list, f"{self.class_name}.minimize")

    def apply_gradients(self, pairs: Iterable[tuple[Tensor, Variable]]) -> None:
        """Changes variables by their gradients, and counts the step. As `optimizer.applyGradients`.

        `pairs`: of (gradient, variable), as `compute_gradients` gives them.

        >>> import glbackend as gl
        >>> w = gl.variable(2.)
        >>> gl.train.sgd(0.25).apply_gradients([(gl.scalar(4.), w)])
        >>> w.item()
        1.0
        """
        peek = lambda ahead: self.attrs(self.iterations + 1 + ahead)  # noqa: E731 - a name for an argument
        numbers = late(self._next_step, peek, lambda: partial(setattr, self, "iterations", self.iterations))
        attrs = {name: derived(itemgetter(name), numbers) for name in STEPS[self.kernel][1]}
        for gradient, variable in pairs:
            self._update(variable, gradient, attrs)

    def _next_step(self) -> dict[str, float]:
        self.iterations += 1
        return self.attrs(self.iterations)

    def attrs(self, step: int) -> dict[str, float]:
        """The kernel's numbers for a step; a subclass gives more. TF.js has them in `applyGradients`.

        `step`: the number of the step, counted from 1.

        >>> import glbackend as gl
        >>> gl.train.momentum(0.1).attrs(1)
        {'learning_rate': 0.1, 'momentum': 0.9, 'use_nesterov': 0.0}
        """
        return {"learning_rate": self.learning_rate}

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer. As `optimizer.getConfig`.

        >>> import glbackend as gl
        >>> gl.train.sgd(0.1).get_config()
        {'learning_rate': 0.1}
        """
        return {"learning_rate": self.learning_rate}

    def get_weights(self) -> list["NamedTensor"]:
        """The step count "iter", then slot by slot that of each variable, named as TF.js does.

        As `optimizer.getWeights`.

        >>> import glbackend as gl
        >>> w, optimizer = gl.variable(2., name="w"), gl.train.momentum(0.25)
        >>> optimizer.minimize(lambda: w * w)
        >>> [(one.name, one.tensor.item()) for one in optimizer.get_weights()]
        [('iter', 1), ('w/momentum', 4.0)]
        """
        count = np.array(self.iterations, np.int32)
        found = [NamedTensor("iter", make_tensor(count, Spec((), "int32")))]
        for i in range(len(self.slot_names)):
            for slots in self._slots.values():
                found.append(NamedTensor(slots[i].name, Tensor(slots[i].handle)))
        return found

    def set_weights(self, weights: Sequence[Any], var_list: Sequence[Variable]) -> None:
        """Takes up a state that `get_weights` gave. As `optimizer.setWeights`.

        `weights`: the state, with names or without.
        `var_list`: the variables whose state it is, in their order.

        Raises ArgumentError or ShapeError where it does not fit, which changes nothing.

        >>> import glbackend as gl
        >>> w, optimizer = gl.variable(2.), gl.train.momentum(0.25)
        >>> optimizer.set_weights([np.array(7), np.array(4., np.float32)], [w])
        >>> optimizer.iterations
        7
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
        """Takes up a step count and slots by variable; variables that are not given begin anew.

        `iterations`: the step count.
        `state`: pairs of a variable and its slots, in the order of `slot_names`.

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
        """Whether a step, or a state taken up, has reached `variable`."""
        return variable in self._slots

    def slots(self, variable: Variable) -> list[np.ndarray[Any, Any]]:
        """The slots of `variable` in the order of `slot_names`; before a step, what they start from."""
        if not self.knows(variable):
            return [np.full(variable.shape, self.slot_start, np.float32)] * len(self.slot_names)
        return [one.numpy() for one in self._slots[variable]]

    def dispose(self) -> None:
        """Gives the slots' data back; the next step starts from new ones. As `optimizer.dispose`.

        >>> import glbackend as gl
        >>> w, optimizer = gl.variable(2.), gl.train.momentum(0.25)
        >>> optimizer.minimize(lambda: w * w)
        >>> optimizer.dispose()
        >>> [one.name for one in optimizer.get_weights()]
        ['iter']
        """
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
