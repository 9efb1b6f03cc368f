"""An optimizer's state as Keras keeps it, `optimizer.variables`: count, rate, and slots in its order."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError, ShapeError, TraceError
from glbackend.base.naming import snake_case
from glbackend.base.shapes import Spec
from glbackend.engine.node import tracing
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Variable

Array = np.ndarray[Any, Any]
OPTIONS = ("average", "gradient_accumulator")  # slots that Keras makes first, kind after kind
BY_KIND = ("RMSProp",)  # optimizers whose slots it makes so, not weight by weight
LATER = ("vhat",)  # a slot that it makes when all others are there
NAMES = {  # of slots in Keras
    "m": "momentum", "v": "velocity", "vhat": "velocity_hat", "rms": "velocity", "mg": "average_gradient",
    "accum_grad": "accumulated_grad", "accum_var": "accumulated_delta_var",
}  # fmt: skip


def kinds_of(optimizer: Any) -> list[list[int]]:
    """The numbers of slots in Keras's order: those of an inner list stand side by side, weight by weight."""
    if optimizer.has_own_step:
        found: list[list[int]] = optimizer.slot_kinds()
        return found
    names = optimizer.slot_names
    options = [[names.index(one)] for one in OPTIONS if one in names]
    own = [i for i, one in enumerate(names) if one not in (*OPTIONS, *LATER)]
    if optimizer.class_name in BY_KIND:
        group = [[i] for i in own if names[i] != "momentum" or getattr(optimizer, "momentum", False)]
    else:
        group = [own] if own else []
    return [*options, *group, *([i] for i, one in enumerate(names) if one in LATER)]


def in_order(optimizer: Any, weights: list[Variable]) -> list[tuple[Variable, int]]:
    """Variables and numbers of their slots as Keras has them in a row; one of `added` is its own slot 0."""
    found: list[tuple[Variable, int]] = []
    kinds = kinds_of(optimizer)
    places = [len(kinds) if place is None else place for place in optimizer.added_places]
    for number in range(len(kinds) + 1):
        found += [(one, 0) for one, place in zip(optimizer.added, places, strict=True) if place == number]
        for variable in weights if number < len(kinds) else ():
            found += [(variable, i) for i in kinds[number]]
    return found


def as_in_keras(optimizer: Any, variable: Variable) -> list[Array]:
    """The slots of a variable; of Adafactor the means of elements are what rows and columns give."""
    if optimizer.is_added(variable):
        return optimizer.slots(variable)
    slots = turned(optimizer, optimizer.slots(variable))
    if optimizer.class_name == "Adafactor" and variable.rank > 1:
        rows, columns = slots[:2]
        size = rows.mean(-1, keepdims=True)
        slots[2] = (rows / np.where(size, size, 1))[..., None] * columns[..., None, :]
    return slots


def turned(optimizer: Any, slots: list[Array]) -> list[Array]:
    """Slots of ours as Keras's, or the other way: its momentum is added to weights, ours taken from them."""
    turns = optimizer.class_name == "SGD" and not optimizer.has_own_step
    return [
        -one if turns and name == "momentum" else one
        for name, one in zip(optimizer.slot_names, slots, strict=True)
    ]


class Named(Variable):
    """A slot by the name that it has in Keras."""

    __slots__ = ("source",)

    def __init__(self, source: Variable, name: str) -> None:
        self.source = source
        super().__init__(source.handle, False, name)
        self._handle = None  # the source's is asked for each time

    @property
    def handle(self) -> Handle:
        """The data of the slot."""
        return self.source.handle

    @property
    def is_disposed(self) -> bool:
        """Whether the slot is."""
        return self.source.is_disposed

    def assign(self, value: Any) -> "Named":
        """Takes over a value, as any variable; `value`: of equal shape."""
        self.source.assign(value)
        return self


class Shown(Variable):
    """What Keras has as a variable, of a state that is kept in another form here: read anew each time."""

    __slots__ = ("_read", "_write")

    def __init__(self, name: str, read: Callable[[], Array], write: Callable[[Array], None]) -> None:
        self._read, self._write = read, write
        super().__init__(_held(read()), False, name)

    @property
    def handle(self) -> Handle:
        """The data of the present state; TraceError under a trace, which would keep them for ever."""
        if tracing.get() is not None:
            raise TraceError(f"{self.name}: a function cannot be traced with it: read it before")
        self._handle = _held(self._read())
        return self._handle

    def assign(self, value: Any) -> "Shown":
        """Changes the state to `value`, a number or numbers of equal shape."""
        found = np.asarray(value.numpy() if hasattr(value, "numpy") else value, np.float64)
        if found.shape != self.shape:
            raise ShapeError(
                f"assign: variable {self.name!r} has shape {list(self.shape)}, got {list(found.shape)}"
            )
        self._write(found)
        return self


def _held(array: Array) -> Handle:
    return Handle.of(array, Spec(array.shape, "int32" if array.dtype.kind == "i" else "float32"))


def variables_of(optimizer: Any, known: list[Variable]) -> list[Variable]:
    """Count and rate, unless a schedule gives it, then the slots of variables, in Keras's order."""
    own_name = optimizer.name == optimizer.class_name
    name = snake_case(optimizer.name) if own_name else optimizer.name

    def count(value: Array) -> None:
        optimizer.iterations = int(value)

    def counted() -> Array:
        return np.array(optimizer.iterations, np.int32)

    def rate(value: Array) -> None:
        optimizer.learning_rate = float(value)

    def rated() -> Array:
        return np.array(optimizer.learning_rate, np.float32)

    found: list[Variable] = [Shown(f"{name}/iteration", counted, count)]
    if optimizer.schedule is None:
        found.append(Shown(f"{name}/learning_rate", rated, rate))
    found += [_slot(optimizer, name, variable, i) for variable, i in in_order(optimizer, known)]
    if hasattr(optimizer, "momentum_product"):
        found.append(Shown("variable", lambda: _product(optimizer), lambda _: _follows("variable")))
    return found


def _product(optimizer: Any) -> Array:
    return np.array(optimizer.momentum_product(optimizer.iterations), np.float32)


def _follows(name: str) -> None:
    raise ArgumentError(f"{name}: follows from the rest of the optimizer's state, which is to be assigned")


def _slot(optimizer: Any, name: str, variable: Variable, i: int) -> Variable:
    """A slot, where it is kept otherwise than in Keras as it is there."""
    if optimizer.is_added(variable):
        return Named(variable, f"{name}/{variable.name.partition('/')[2]}")
    slot, word = optimizer.slots_of(variable)[i], optimizer.slot_names[i]
    word = "norm" if optimizer.class_name == "Adamax" and word == "v" else NAMES.get(word, word)
    own = variable.path.replace("/", "_")
    if optimizer.has_own_step:
        return Named(slot, f"{name}/{own}_{optimizer.slot_names[i]}")
    path = f"{name}/{own}_{word}"
    if word in ("r", "c"):  # of Adafactor, which does without them for vectors
        path = f"{name}/{own}" if variable.rank > 1 else own
    if optimizer.class_name == "SGD" and word == "momentum":
        return Shown(path, lambda: -slot.numpy(), lambda value: _turn_in(slot, value))
    if optimizer.class_name == "Adafactor" and slot.shape != variable.shape and word == "velocity":
        return Shown(path, lambda: as_in_keras(optimizer, variable)[i], lambda _: _follows(path))
    return Named(slot, path)


def _turn_in(slot: Variable, value: Array) -> None:
    slot.assign(-value.astype(np.float32))
