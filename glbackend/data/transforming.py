"""Stages that call a function of the user for each element; an error names the element's number."""

import inspect
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from glbackend.data.ahead import Task, ahead
from glbackend.data.element import Augmented
from glbackend.data.stage import Size, Stage

Function = Callable[..., Any]
BEFOREHAND = 2  # elements per thread: one in the works, one that waits for it


def called(function: Function, element: Any, number: int, op: str) -> Any:
    """What the function gives; its error says at which element of `op` that was."""
    try:
        return function(element)
    except Exception as error:
        where = f"{op}: element {number}"
        if len(error.args) == 1 and isinstance(error.args[0], str):
            error.args = (f"{where}: {error.args[0]}",)
        else:  # its text is made of several parts
            error.add_note(where)
        raise


def of_parts(function: Function) -> Function:
    """A function that needs several arguments as one of a tuple of them, as TensorFlow calls it."""
    try:
        known = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # functions written in C may not say
        return function
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if sum(one.kind in by_place and one.default is one.empty for one in known) < 2:
        return function
    return lambda element: function(*element) if isinstance(element, tuple) else function(element)


class Map(Stage):
    """A function of each element, on `threads` of its own if that isn't 0."""

    def __init__(self, source: Stage, function: Function, threads: int = 0, spec: Any = None) -> None:
        super().__init__(source, size=source.size, spec=spec)
        self.refuse_augmented("map")
        self.function = of_parts(function)
        self.threads = threads

    def run(self) -> Iterator[Any]:
        numbered = enumerate(self.sources[0].run())
        if self.threads == 0:
            return (called(self.function, one, number, "map") for number, one in numbered)
        tasks = (partial(called, self.function, one, number, "map") for number, one in numbered)
        return ahead(tasks, self.threads, self.threads * BEFOREHAND)


class Filter(Stage):
    """The elements for which a function says yes."""

    def __init__(self, source: Stage, predicate: Function) -> None:
        size: Size = source.size if source.size in (0, float("inf")) else None
        super().__init__(source, size=size, spec=source.spec)
        self.refuse_augmented("filter")
        self.predicate = of_parts(predicate)

    def run(self) -> Iterator[Any]:
        numbered = enumerate(self.sources[0].run())
        return (one for number, one in numbered if called(self.predicate, one, number, "filter"))


class Interleave(Stage):
    """The elements of stages that a function makes of each element: `cycle` of them in turn, `block` each.

    With threads the stages of the cycle work ahead, a block each; the order is the same.
    """

    def __init__(
        self, source: Stage, function: Callable[[Any], Stage], cycle: int, block: int, threads: int, op: str
    ) -> None:
        super().__init__(source, tensors=True)  # as what the function makes nearly always does
        self.refuse_augmented(op)
        self.function, self.cycle, self.block, self.threads, self.op = function, cycle, block, threads, op

    def run(self) -> Iterator[Any]:
        numbered = enumerate(self.sources[0].run())
        made = (called(self.function, one, number, self.op).run() for number, one in numbered)
        if self.threads == 0:
            return self._turns(made, lambda one: partial(_block, one, self.block))
        return self._on_threads(made)

    def _on_threads(self, made: Iterator[Iterator[Any]]) -> Iterator[Any]:
        pool = ThreadPoolExecutor(self.threads, thread_name_prefix="glbackend-data")
        try:
            yield from self._turns(made, lambda one: pool.submit(_block, one, self.block).result)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _turns(self, made: Iterator[Iterator[Any]], begin: Callable[[Iterator[Any]], Task]) -> Iterator[Any]:
        """Blocks in turn; `begin` gives how to come by the next block of a stage. The order is tf.data's."""
        cycle: list[tuple[Iterator[Any], Task] | None] = [None] * self.cycle
        while True:
            for i, place in enumerate(cycle):
                if place is None and (one := next(made, None)) is not None:
                    cycle[i] = one, begin(one)
            if not any(cycle):
                return
            for i, place in enumerate(cycle):
                if place is not None:
                    one, block = place
                    elements = block()
                    cycle[i] = (one, begin(one)) if len(elements) == self.block else None
                    yield from elements


def _block(elements: Iterator[Any], count: int) -> list[Any]:
    return [one for _, one in zip(range(count), elements, strict=False)]


class Augment(Stage):
    """Functions of batches and seeds that are called when a batch is used, on the device."""

    def __init__(self, source: Stage, functions: tuple[Callable[[Any, str], Any], ...], order: Any) -> None:
        super().__init__(source, size=source.size, spec=source.spec, tensors=True)
        self.functions = functions
        self.augmented = True
        self.order = order

    def run(self) -> Iterator[Any]:
        assert self.order is not None
        key = self.order.begin()
        for number, element in enumerate(self.sources[0].run()):
            value, steps = element if isinstance(element, Augmented) else (element, ())
            own = tuple((one, f"{key}/{number}/{i}") for i, one in enumerate(self.functions))
            yield Augmented(value, (*steps, *own))
