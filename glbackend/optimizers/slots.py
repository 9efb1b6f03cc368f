"""What an optimizer remembers: the number of its steps, and of each variable the slots."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from glbackend.base.dtypes import NUMPY
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import Shape, Spec
from glbackend.engine.engine import make_tensor
from glbackend.engine.tensor import Tensor, Variable
from glbackend.optimizers.variables import variables_of


class NamedTensor(NamedTuple):
    """A part of an optimizer's state."""

    name: str
    tensor: Tensor


class Slots:
    """The state of an optimizer, which is saved and taken up again.

    `own_slots` are TF.js's names of the method's slots, in the kernel's order, which start as `slot_start`;
    `extra_slots` those that options add, which start as 0.
    """

    class_name: ClassVar[str]
    own_slots: tuple[str, ...] = ()
    slot_start: float = 0.0
    extra_slots: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.iterations = 0  # calls of apply_gradients
        self._slots: dict[Variable, list[Variable]] = {}  # by the variable itself, in the kernel's order
        self.added: list[Variable] = []  # state of no variable in particular: each is its own only slot

    def slot_starts(self) -> tuple[float, ...]:
        """What the method's slots start from."""
        return (self.slot_start,) * len(self.own_slots)

    def slot_shapes(self, variable: Variable) -> list[Shape]:
        """The shapes of all slots of `variable`, in the order of `slot_names`."""
        return [variable.shape] * len(self.slot_names)

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Names of all slots of a variable, in their order."""
        return (*self.own_slots, *self.extra_slots)

    def build(self, var_list: Iterable[Variable]) -> None:
        """Makes the slots of variables, which a step would make at the latest; `var_list`: the variables."""
        for variable in var_list:
            self.slots_of(variable)

    @property
    def variables(self) -> list[Variable]:
        """Count, rate unless a schedule gives it, and slots, in Keras 3's order and by its names.

        They can be read, and assigned. Slots are those of the variables that `build` or a step has reached.
        As Keras's `Optimizer.variables`.

        >>> import glbackend as gl
        >>> w, optimizer = gl.variable(2., name="w"), gl.optimizers.SGD(0.25, momentum=0.5)
        >>> optimizer.minimize(lambda: w * w)
        >>> [(one.name, one.item()) for one in optimizer.variables]
        [('sgd/iteration', 1), ('sgd/learning_rate', 0.25), ('sgd/w_momentum', -1.0)]
        """
        return variables_of(self, list(self._slots))

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
        return found + [NamedTensor(one.name, Tensor(one.handle)) for one in self.added]

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
        count, width = len(var_list), len(var_list) * len(self.slot_names)
        slots, more = arrays[1 : 1 + width], arrays[1 + width :]
        if len(arrays) not in (1, 1 + width + len(self.added)):  # 1: saved before the first step
            raise ArgumentError(
                f"{self.class_name}: {count} variables have {1 + width + len(self.added)} weights of "
                f"state, but {len(arrays)} were given"
            )
        pairs = [(variable, slots[i::count]) for i, variable in enumerate(var_list)] if slots else []
        pairs += [(one, [array]) for one, array in zip(self.added, more, strict=False)]
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
        added: list[tuple[Variable, np.ndarray[Any, Any]]] = []
        for variable, slots in state:
            shapes = [array.shape for array in slots if array.dtype.kind in "fiub"]
            wanted = [one.shape for one in self._added(variable)] or self.slot_shapes(variable)
            if shapes != wanted[: len(slots)]:
                raise ShapeError(
                    f"{self.class_name}: the state of {variable.name!r} must be numbers, of its shape"
                )
            if self.is_added(variable):
                added.append((variable, slots[0]))
                continue
            made[variable] = self._new_slots(variable, [np.array(array, np.float32) for array in slots])
        count = np.asarray(iterations)
        if count.size != 1 or count.dtype.kind not in "fiu":
            raise ArgumentError(f"{self.class_name}: the step count must be one number")
        self.dispose()
        self.iterations, self._slots = int(count.item()), made
        for variable, array in added:
            variable.assign(array.astype(NUMPY[variable.dtype]))

    def is_added(self, variable: Variable) -> bool:
        """Whether `variable` is one of `added`."""
        return bool(self._added(variable))

    def _added(self, variable: Variable) -> list[Variable]:
        """The variable itself where it is one of `added`."""
        return [one for one in self.added if one is variable]

    def knows(self, variable: Variable) -> bool:
        """Whether a step, or a state taken up, has reached `variable`."""
        return variable in self._slots or self.is_added(variable)

    def slots(self, variable: Variable) -> list[np.ndarray[Any, Any]]:
        """The slots of `variable` in the order of `slot_names`; before a step, what they start from."""
        if added := self._added(variable):
            return [one.numpy() for one in added]
        if not self.knows(variable):
            starts = (*self.slot_starts(), *(0.0 for _ in self.extra_slots))
            shapes = self.slot_shapes(variable)
            return [np.full(shape, start, np.float32) for shape, start in zip(shapes, starts, strict=True)]
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

    def slots_of(self, variable: Variable) -> list[Variable]:
        """The slots of `variable`, made where there are none yet."""
        if variable not in self._slots:
            self._slots[variable] = self._new_slots(variable, self.slots(variable))
        return self._slots[variable]

    def _new_slots(self, variable: Variable, values: Sequence[np.ndarray[Any, Any]]) -> list[Variable]:
        pairs = zip(self.slot_names, values, strict=True)
        return [
            Variable(
                make_tensor(one, Spec(one.shape, variable.dtype)).handle, False, f"{variable.name}/{name}"
            )
            for name, one in pairs
        ]
