"""`leaks`: which tensors of a block are still alive after it, where they were made, and who holds them."""

import gc
import types
import weakref
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from glbackend.engine.scope import watchers
from glbackend.engine.tensor import Tensor
from glbackend.layers.where import Where, here

DEEP = 12  # holders of holders that are looked at


class Leak(NamedTuple):
    """Tensors that were made at one place and are alive.

    `where`: the user's line that made them.
    `num_tensors`: how many there are.
    `num_bytes`: of the data that they refer to.
    `shapes`: theirs, each once.
    `held_by`: who refers to the first of them, in words, nearest holder first.
    """

    where: Where
    num_tensors: int
    num_bytes: int
    shapes: tuple[tuple[int, ...], ...]
    held_by: tuple[str, ...]

    def __str__(self) -> str:
        shapes = ", ".join(str(list(shape)) for shape in self.shapes[:3])
        held = " in ".join(self.held_by) or "a local variable"
        size = f"{self.num_tensors} alive, {self.num_bytes} bytes, shapes {shapes}"
        return f"{self.where}: {size}; the first in {held}"


class Leaks:
    """What `leaks` has found: `found`, a list, most bytes first; empty inside of the block."""

    def __init__(self) -> None:
        self.found: list[Leak] = []
        self._made: list[tuple[weakref.ref[Tensor], Where]] = []

    def __str__(self) -> str:
        return "\n".join(map(str, self.found)) or "nothing is left"

    __repr__ = __str__

    def made(self, tensor: Tensor) -> None:
        """Notes where a tensor is made."""
        self._made.append((weakref.ref(tensor), here()[0]))

    def close(self) -> None:
        """Looks who is alive, and lets go."""
        gc.collect()
        groups: defaultdict[Where, list[Tensor]] = defaultdict(list)
        for reference, where in self._made:
            tensor = reference()
            if tensor is not None and not tensor.is_disposed:
                groups[where].append(tensor)
            del tensor
        self._made.clear()
        for where, tensors in groups.items():
            shapes = tuple(dict.fromkeys(tensor.shape for tensor in tensors))
            ours = [tensors, groups]
            held = tuple(_holders(tensors[0], ours))
            self.found.append(Leak(where, len(tensors), sum(one.nbytes for one in tensors), shapes, held))
            tensors.clear()
        self.found.sort(key=lambda leak: -leak.num_bytes)


def _holders(thing: Any, ours: list[Any]) -> Iterator[str]:
    """Who refers to a thing, and to that, in words, up to something that a program has by name."""
    ignored = {id(one) for one in ours}
    for _ in range(DEEP):
        ignored.add(id(thing))
        holders = _referrers(thing, ignored)
        if not holders:
            return
        holder = holders[0]
        owners = _referrers(holder, ignored) if isinstance(holder, dict) else []
        owner = _owner(holder, owners)
        ignored |= {id(holders), id(holder), id(owners)}
        yield _described(holder if owner is None or isinstance(owner, types.ModuleType) else owner, thing)
        if isinstance(owner, types.ModuleType) or isinstance(holder, types.FunctionType | type):
            return
        thing = holder if owner is None else owner


def _owner(attributes: Any, candidates: list[Any]) -> Any:
    """The object whose attributes these are."""
    for one in candidates:
        if getattr(one, "__dict__", None) is attributes:
            return one
    return None


def _referrers(thing: Any, ignored: set[int]) -> list[Any]:
    """Who refers to it, but for what runs now: local variables, and this very search."""
    return [
        one
        for one in gc.get_referrers(thing)
        if id(one) not in ignored
        and not isinstance(one, types.FrameType)
        and not (isinstance(one, types.GeneratorType) and one.gi_running)
    ]


def _described(holder: Any, thing: Any) -> str:
    if isinstance(holder, dict):
        keys = [key for key, value in holder.items() if value is thing]
        if "__name__" in holder and "__builtins__" in holder:
            return f"the global variable {keys[0]!r} of module {holder['__name__']!r}"
        return f"a dict under {keys[0]!r}" if keys else "a dict"
    if isinstance(holder, list | tuple):
        places = [i for i, value in enumerate(holder) if value is thing]
        return f"a {type(holder).__name__} of {len(holder)} at {places[0] if places else '?'}"
    if isinstance(holder, types.CellType):
        return "a closure"
    if isinstance(holder, types.FunctionType):
        return f"the function {holder.__qualname__!r}"
    if isinstance(holder, types.GeneratorType | types.CoroutineType | types.AsyncGeneratorType):
        return f"the {type(holder).__name__.replace('_', ' ')} {holder.__qualname__!r}, which waits"
    name = getattr(holder, "name", None)
    called = f" {name!r}" if isinstance(name, str) else ""
    for key, value in _attributes(holder):
        if value is thing:
            return f"the attribute {key!r} of a {type(holder).__name__}{called}"
    return f"a {type(holder).__name__}{called}"


def _attributes(holder: Any) -> Iterator[tuple[str, Any]]:
    yield from getattr(holder, "__dict__", {}).items()
    for cls in type(holder).__mro__:
        for slot in getattr(cls, "__slots__", ()):
            if hasattr(holder, slot):
                yield slot, getattr(holder, slot)


@contextmanager
def leaks() -> Iterator[Leaks]:
    """Finds the tensors of a block that are still alive after it: what they hold, where made, held by whom.

    After the block `report.found` is a list of what is left, most bytes first, grouped by the user's line
    that made it: number, bytes, shapes, and the holders of the first (a list, a closure, an attribute, ...).
    What the block's own variables refer to counts too: put the block into a function to leave them out. Only
    tensors made on this thread are seen. TF.js has `tf.memory`, which counts.

    >>> import glbackend as gl
    >>> held = []
    >>> with gl.debug.leaks() as report:
    ...     held.append(gl.ones([2, 3]))
    >>> report.found[0].num_tensors, report.found[0].shapes, report.found[0].held_by[0]
    (1, ((2, 3),), 'a list of 1 at 0')
    """
    report = Leaks()
    token = watchers.set((*watchers.get(), report.made))
    try:
        yield report
    finally:
        watchers.reset(token)
        report.close()
