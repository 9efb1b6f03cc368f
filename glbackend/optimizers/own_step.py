"""Optimizers of a user, written as for Keras: `build` makes variables, `update_step` uses them."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.dtypes import NUMPY, check_dtype
from glbackend.base.errors import ArgumentError, ShapeError, TraceError
from glbackend.base.shapes import Spec, check_shape
from glbackend.engine.engine import make_tensor
from glbackend.engine.node import tracing
from glbackend.engine.tensor import Tensor, Variable
from glbackend.optimizers.slots import Slots


class OwnStep(Slots):
    """What a class with an `update_step(gradient, variable, learning_rate)` of its own finds in its base.

    Such a step runs op by op. Variables that are made for one of the model's are slots, and saved as those.
    """

    def __init__(self) -> None:
        super().__init__()
        self._made: list[tuple[int, str]] = []  # of slots the variable and the name, in their order
        self.added_places: list[int | None] = []  # behind how many kinds of slots; None: all

    @property
    def has_own_step(self) -> bool:
        """Whether its class has an `update_step`."""
        return hasattr(type(self), "update_step")

    @property
    def built(self) -> bool:
        """Whether `build` was called, of a class with a step of its own."""
        return "_order" in vars(self)

    def ready(self, var_list: Iterable[Variable]) -> None:
        """Builds a class with a step of its own, once: `var_list` are the variables that are trained."""
        if self.has_own_step and not self.built:
            self.build(list(var_list))

    def build(self, var_list: Iterable[Variable]) -> None:
        """Makes the slots of variables, which a step would make at the latest. As Keras's `Optimizer.build`.

        `var_list`: the variables. A class with a step of its own makes its variables after
        `super().build(var_list)`.

        >>> import glbackend as gl
        >>> optimizer = gl.optimizers.Adam()
        >>> optimizer.build([gl.variable([1., 2.])]); len(optimizer.variables)
        4
        """
        if not self.has_own_step:
            return super().build(var_list)
        self._order = {one.id: i for i, one in enumerate(var_list)}
        self.own_slots, self._slots = (), {one: [] for one in var_list}
        return None

    @checked
    def add_variable(
        self,
        shape: int | Sequence[int],
        initializer: Any = "zeros",
        dtype: str | None = None,
        aggregation: str = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """A variable that belongs to no weight in particular, saved with the state. As Keras's method.

        `shape`: of the variable.
        `initializer`: what it starts from: "zeros", "ones", or an object of `gl.initializers`.
        `dtype`: "float32" by default, or "int32".
        `aggregation`, `layout`: of several devices, which changes nothing here.
        `name`: what it is.

        CallError, ShapeError, DtypeError or ArgumentError for what is none of these.

        >>> import glbackend as gl
        >>> gl.optimizers.SGD(0.1).add_variable((2,), "ones", name="scale").numpy().tolist()
        [1.0, 1.0]
        """
        full = f"{self.class_name}/{name or 'variable'}"
        twins = sum(one.name.partition(":")[0] == full for one in self.added)
        dims = check_shape((shape,) if isinstance(shape, int) else shape, f"{self.class_name}.add_variable")
        kind = check_dtype(dtype or "float32")
        made = self._started(initializer, dims, kind, f"{full}:{twins}" if twins else full)
        self.added.append(made)
        self.added_places.append(len(self.slot_kinds()) if self.has_own_step else None)
        return made

    def _started(self, initializer: Any, shape: tuple[int, ...], dtype: Any, name: str) -> Variable:
        """A variable that starts from what an initializer gives."""
        if initializer in ("zeros", "ones"):
            array = np.full(shape, initializer == "ones", NUMPY[dtype])
            return Variable(make_tensor(array, Spec(shape, dtype)).handle, False, name)
        if isinstance(initializer, str):
            raise ArgumentError(
                f"{self.class_name}: initializer must be 'zeros', 'ones' or an object of gl.initializers, "
                f"got {initializer!r}"
            )
        return Variable(initializer, False, name, dtype, shape=shape)

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """A variable of the shape of another, for `update_step`. As Keras's method of that name.

        `reference_variable`: one of those that `build` was given.
        `name`: what it is.
        `initializer`: what it starts from: "zeros", "ones", or an object of `gl.initializers`.

        >>> import glbackend as gl
        >>> class Heavy(gl.optimizers.Optimizer):
        ...     def build(self, variables):
        ...         super().build(variables)
        ...         self.last = [self.add_variable_from_reference(one, "last") for one in variables]
        ...     def update_step(self, gradient, variable, learning_rate):
        ...         last = self.last[self._get_variable_index(variable)]
        ...         last.assign(last * 0.5 - gradient * learning_rate)
        ...         variable.assign_add(last)
        >>> w, heavy = gl.variable(2.), Heavy(0.25)
        >>> for _ in range(2):
        ...     heavy.minimize(lambda: w * w)
        >>> w.item()
        0.0
        """
        name = name or "var"
        if reference_variable not in self._slots or (reference_variable.id, name) in self._made:
            raise ArgumentError(
                f"{self.class_name}: {reference_variable.name!r} must be a variable that super().build(...) "
                f"was given, and have one {name!r} alone"
            )
        full = f"{reference_variable.name}/{name}"
        made = self._started(initializer, reference_variable.shape, reference_variable.dtype, full)
        if name not in self.own_slots:
            self.own_slots += (name,)
        self._made.append((reference_variable.id, name))
        self._slots[reference_variable].append(made)
        return made

    def add_optimizer_variables(
        self, trainable_variables: Iterable[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """A list with such a variable for each of several. As Keras's method of that name.

        `trainable_variables`: those that `build` was given.
        `name`: what they are; for a list of names a tuple of lists comes back.
        `initializer`: what they start from, or one for each name.
        """
        names = [name] if isinstance(name, str) else list(name)
        starts = list(initializer) if isinstance(initializer, list | tuple) else [initializer] * len(names)
        if len(starts) != len(names):
            raise ArgumentError(
                f"{self.class_name}: needs an initializer of each of {len(names)} names, got {len(starts)}"
            )
        made = [
            [self.add_variable_from_reference(one, *pair) for pair in zip(names, starts, strict=True)]
            for one in trainable_variables
        ]
        columns = tuple([row[i] for row in made] for i in range(len(names)))
        return columns[0] if isinstance(name, str) else columns

    def assign(self, variable: Variable, value: Any) -> None:
        """Gives a variable a value. As Keras's `Optimizer.assign`; `assign_add` and `assign_sub` likewise."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Adds to a variable: `value`, a tensor or numbers."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Takes from a variable: `value`, a tensor or numbers."""
        variable.assign_sub(value)

    def _get_variable_index(self, variable: Variable) -> int:
        """The place of a variable among those that `build` was given, as Keras's classes ask for it."""
        return self._order[variable.id]

    def slot_kinds(self) -> list[list[int]]:
        """The numbers of slots in the order in which they were made, side by side where that was by turns."""
        kinds: list[list[int]] = []
        seen: set[str] = set()
        last = None
        for variable, name in self._made:
            if name not in seen:
                seen.add(name)
                place = self.own_slots.index(name)
                if variable == last:
                    kinds[-1].append(place)
                else:
                    kinds.append([place])
            last = variable
        return kinds

    def restore(self, iterations: Any, state: Iterable[tuple[Variable, Sequence[Any]]]) -> None:
        if not self.has_own_step:
            return super().restore(iterations, state)
        pairs = [(one, list(map(np.asarray, slots))) for one, slots in state]
        for one, slots in pairs:
            own = self._slots.get(one) or self._added(one)
            if [array.shape for array in slots] != [slot.shape for slot in own]:
                raise ShapeError(
                    f"{self.class_name}: the state of {one.name!r} must be numbers, of its shape"
                )
        for one, slots in pairs:
            for slot, array in zip(self._slots.get(one) or self._added(one), slots, strict=True):
                slot.assign(array.astype(NUMPY[slot.dtype]))
        self.iterations = int(np.asarray(iterations).item())
        return None

    def _own_steps(self, pairs: Sequence[tuple[Tensor, Variable]], given: Sequence[Variable]) -> None:
        """A step of `update_step`; `given` are all variables that there are, with a gradient or without."""
        itself: Any = self
        if tracing.get() is not None:
            raise TraceError(
                f"{self.class_name}: its update_step runs op by op, not within gl.function or gl.trace"
            )
        self.ready(given)
        for _, variable in pairs:
            if variable.id not in self._order:
                raise ArgumentError(f"{self.class_name}: it was not built with {variable.name!r}")
        rate = itself.learning_rate
        step = make_tensor(np.array(rate, np.float32), Spec((), "float32"))
        scales, limit = itself._scales(pairs), itself.clipvalue
        gradients = [
            one if scale is None else one * scale for (one, _), scale in zip(pairs, scales, strict=True)
        ]
        for _, variable in pairs:
            if itself.decays(variable):
                variable.assign_sub(variable * (itself.weight_decay * rate))
        for gradient, (_, variable) in zip(gradients, pairs, strict=True):
            clipped = gradient if limit is None else gradient.clip_by_value(-limit, limit)
            itself.update_step(clipped, variable, step)
        self.iterations += 1
