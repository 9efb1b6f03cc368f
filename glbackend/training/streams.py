"""What else gives batches: generators, functions that make one, and Keras's sequences of batches."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.errors import ArgumentError
from glbackend.ops.random import next_seed
from glbackend.training.dataset import PLAIN, Dataset


class Stream:
    """A generator, which cannot begin again: each pass goes on where the last one stopped.

    >>> stream = Stream(iter([1, 2, 3]), "fit")
    >>> stream.peek(), list(stream), stream.peek()
    (1, [1, 2, 3], None)
    """

    element_spec = None
    steps = None

    def __init__(self, batches: Iterator[Any], op: str) -> None:
        self._batches, self._op = batches, op
        self._ahead: list[Any] = []
        self.taken = 0

    def peek(self) -> Any:
        """The next batch, which stays; None where there is none."""
        if not self._ahead:
            self._ahead = [next(self._batches, None)]
        return self._ahead[0]

    def __iter__(self) -> Iterator[Any]:
        while self.peek() is not None:
            self.taken += 1
            yield self._ahead.pop()

    def ended(self) -> ArgumentError:
        """What to raise where more batches are needed."""
        return ArgumentError(
            f"{self._op}: the generator ended after {self.taken} batches: give one that goes on (of which an "
            f"epoch takes steps_per_epoch), or a function that makes one, which is called for each pass"
        )


class Remade:
    """A function that makes a generator: it is called for each pass.

    >>> twice = Remade(lambda: iter([1, 2]))
    >>> list(twice), list(twice)
    ([1, 2], [1, 2])
    """

    element_spec = None
    steps = None

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[Any]:
        made = self._make()
        if not hasattr(made, "__iter__"):
            raise ArgumentError(
                f"fit: the function that makes batches must give an iterator, got {got(made)}"
            )
        return iter(made)


class Indexed:
    """Batches by number, as Keras's `PyDataset` and `Sequence` have them; shuffled where asked for."""

    element_spec = None

    def __init__(self, batches: Any, shuffle: bool = False, seed: int | None = None) -> None:
        self._batches = batches
        self._generator = np.random.default_rng(next_seed() if seed is None else seed) if shuffle else None

    @property
    def steps(self) -> int:
        """Number of batches."""
        return len(self._batches)

    def __iter__(self) -> Iterator[Any]:
        count = self.steps
        order = range(count) if self._generator is None else self._generator.permutation(count)
        beforehand = getattr(self._batches, "in_order", None)
        yield from (
            map(self._batches.__getitem__, map(int, order)) if beforehand is None else beforehand(order)
        )
        if hasattr(self._batches, "on_epoch_end"):
            self._batches.on_epoch_end()


def as_dataset(x: Any, op: str, shuffle: bool = False, seed: int | None = None) -> Dataset | None:
    """x as a data set where it is one, a generator, a function of one or a sequence of batches; else None."""
    if isinstance(x, PLAIN) or hasattr(x, "__array__"):
        return None
    if isinstance(x, Dataset):
        return x
    if hasattr(x, "__next__"):
        return Stream(x, op)
    if callable(x):
        return Remade(x)
    if hasattr(x, "__getitem__") and hasattr(x, "__len__"):
        return Indexed(x, shuffle, seed)
    return Remade(lambda: x) if hasattr(x, "__iter__") else None
