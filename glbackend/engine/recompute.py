"""Gradient checkpointing: what a function computes on its way is forgotten, and computed again for the
gradient."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from glbackend.base.nested import leaves, map_leaves
from glbackend.engine.storage import Handle
from glbackend.engine.tape import Tape, backward, record_custom, tapes
from glbackend.engine.tensor import Tensor, Variable, assignments

Data = dict[int, tuple[Variable, Handle]]  # by id: variables and what they hold


class Watcher(Tape):
    """A tape that records nothing but which variables are used, and their data before that."""

    def __init__(self) -> None:
        super().__init__()
        self.read: Data = {}

    def follows(self, tensors: list[Tensor]) -> bool:
        for one in tensors:
            if isinstance(one, Variable):
                self.read.setdefault(id(one), (one, one.handle))
        return False


def run_recomputed(
    f: Callable[..., Any],
    args: Sequence[Any],
    options: dict[str, Any],
    noted: Callable[[], AbstractContextManager[None]],
    repeated: Callable[[], AbstractContextManager[None]],
) -> Any:
    """`f(*args, **options)`, of which nothing is kept but the arguments.

    `noted` and `repeated` are the contexts of the first run and of the second, which draws the same numbers.
    """
    given = list(leaves(Tensor, [list(args), options]))
    kept = [(one, one.handle, one.id) for one in given]
    watcher = Watcher()
    with _taped((watcher,)), _assigned() as before, noted():
        result = f(*args, **options)
    before = {**watcher.read, **before}
    result = map_leaves(Tensor, lambda one: Tensor(one.handle), result)
    outputs = list(leaves(Tensor, result))
    known = {one.id for one in given}
    read = [one for one in watcher.read.values() if one[0].id not in known]

    def rule(dys: list[Tensor]) -> list[Tensor | None]:
        again = iter([one if isinstance(one, Variable) else Tensor(handle, id) for one, handle, id in kept])
        inputs: list[Tensor] = []

        def take(_: Tensor) -> Tensor:
            inputs.append(next(again))
            return inputs[-1]

        tape = Tape()
        new_args, new_options = map_leaves(Tensor, take, [list(args), options])
        sources = [*inputs, *(variable for variable, _ in read)]
        tape.watch(sources)
        with _as_before(list(before.values())), _taped((*tapes.get(), tape)), repeated():
            outputs = leaves(Tensor, f(*new_args, **new_options))
        seeds: dict[int, Tensor] = {}
        for output, dy in zip(outputs, dys, strict=True):
            if output.dtype in ("float32", "complex64"):
                seeds[output.id] = seeds[output.id] + dy if output.id in seeds else dy
        found = backward(tape.nodes, seeds, {one.id for one in sources})
        return [found.get(one.id) for one in sources]

    record_custom([*given, *(variable for variable, _ in read)], outputs, rule)
    return result


@contextmanager
def _taped(chosen: tuple[Tape, ...]) -> Iterator[None]:
    token = tapes.set(chosen)
    try:
        yield
    finally:
        tapes.reset(token)


@contextmanager
def _assigned() -> Iterator[Data]:
    """Notes what is assigned to within the block, with the data before that."""
    outer = assignments.get()
    own: Data = {}
    token = assignments.set(own)
    try:
        yield own
    finally:
        assignments.reset(token)
        if outer is not None:
            outer.update({key: one for key, one in own.items() if key not in outer})


@contextmanager
def _as_before(before: list[tuple[Variable, Handle]]) -> Iterator[None]:
    """Variables have the data that they had in the first run; what is assigned in the second is undone."""
    now = [(variable, variable.handle) for variable, _ in before]
    _give(before)
    try:
        yield
    finally:
        _give(now)


def _give(data: list[tuple[Variable, Handle]]) -> None:
    for variable, handle in data:
        if variable.handle is not handle:
            variable.assign(Tensor(handle))
