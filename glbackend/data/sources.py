"""Stages without a source: elements from a list, arrays, functions."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.data.element import element_at, length_of, spec_of, typed, without_batch
from glbackend.data.stage import Stage


class Items(Stage):
    """The elements of a list, or of anything that has a length and begins again."""

    def __init__(self, items: Sequence[Any], spec: Any = None, tensors: bool = False) -> None:
        super().__init__(size=len(items), spec=spec, tensors=tensors)
        self.items = items

    def run(self) -> Iterator[Any]:
        return iter(self.items)


class Numbers(Stage):
    """Whole numbers from `first` on, without end."""

    def __init__(self, first: int) -> None:
        super().__init__(size=math.inf)
        self.first = first

    def run(self) -> Iterator[Any]:
        return count(self.first)


class Slices(Stage):
    """What lies along the first axis of a structure's arrays; nothing is copied, memory maps stay such."""

    def __init__(self, arrays: Any, op: str = "from_tensor_slices") -> None:
        length = length_of(arrays, op)
        super().__init__(size=length, spec=without_batch(spec_of(arrays)), tensors=True)
        self.arrays = arrays

    def run(self) -> Iterator[Any]:
        return (element_at(self.arrays, i) for i in range(int(self.size or 0)))


class Generated(Stage):
    """What an iterator gives that a function makes for each pass."""

    def __init__(self, make: Callable[[], Iterable[Any]], size: int | None = None, spec: Any = None) -> None:
        super().__init__(size=size, spec=spec, tensors=False)
        self.make = make

    def run(self) -> Iterator[Any]:
        made = self.make()
        if hasattr(made, "__iter__"):
            yield from made if self.spec is None else (typed(one, self.spec) for one in made)
        elif hasattr(made, "next"):  # TF.js's iterators: objects whose next() gives {"value", "done"}
            yield from results_of(made.next)
        else:
            raise ArgumentError(f"generator: the function must return an iterator, got {type(made).__name__}")


def results_of(function: Callable[[], Any]) -> Iterator[Any]:
    """The elements that a function gives one by one, until it says "done" or raises StopIteration."""
    while True:
        try:
            result = function()
        except StopIteration:
            return
        if isinstance(result, dict) and result.keys() <= {"value", "done"} and result:
            if result.get("done"):
                return
            result = result.get("value")
        yield result
