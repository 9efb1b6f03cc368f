"""What a pipeline is made of: stages, which run anew in every pass, and the chance in some of them."""

import math
import threading
from collections.abc import Iterator
from typing import Any

from glbackend.base.counts import MOST_STEPS, count_of
from glbackend.base.errors import ArgumentError
from glbackend.contracts.random import Seed
from glbackend.ops.random import next_seed

Size = int | float | None  # elements in a pass: endless ones have math.inf, None is not known
_lock = threading.Lock()


class Order:
    """The chance in a stage: a seed, and how many passes have begun. Equal ones give equal numbers.

    Without a `seed` the process's generator gives one, so that `gl.set_seed` decides it. `anew` says whether
    each pass has numbers of its own.
    """

    def __init__(self, seed: Seed | None = None, anew: bool = True) -> None:
        self.seed: Seed = next_seed() if seed is None else seed
        self.anew = anew
        self.passes = 0

    def begin(self) -> str:
        """The key of a new pass, from which its numbers are drawn."""
        with _lock:
            begun, self.passes = self.passes, self.passes + 1
        return f"{self.seed}/{begun if self.anew else 0}"


class Stage:
    """One step of a pipeline: it makes its elements of those of its sources.

    `size`: elements in a pass.
    `spec`: an element with a TensorSpec for each array, None where it isn't known.
    `tensors`: whether arrays become tensors when the user gets them.
    `fresh`: whether nobody else has these arrays, so that they need not be copied.
    `augmented`: whether something is still to be done with the elements on the device.
    """

    augmented = False
    fresh = False

    def __init__(
        self, *sources: "Stage", size: Size = None, spec: Any = None, tensors: bool | None = None
    ) -> None:
        self.sources = sources
        self.size = size
        self.spec = spec
        self.tensors: bool = any(one.tensors for one in sources) if tensors is None else tensors
        self.augmented = any(one.augmented for one in sources)
        self.order: Order | None = None

    def run(self) -> Iterator[Any]:
        """Begins a pass: its elements, their arrays on the host."""
        raise NotImplementedError

    def state(self) -> list[Any]:
        """The order of the next pass, for `restore`: lists of numbers and text."""
        own = None if self.order is None else [self.order.seed, self.order.passes]
        return [own, *(one.state() for one in self.sources)]

    def check(self, state: Any) -> None:
        """ArgumentError for what is no state of such a pipeline."""
        own_is_there = isinstance(state, list | tuple) and len(state) == len(self.sources) + 1
        if not own_is_there or (state[0] is None) != (self.order is None):
            raise ArgumentError("set_state: that is the state of another pipeline")
        for one, its in zip(self.sources, state[1:], strict=True):
            one.check(its)

    def restore(self, state: Any) -> None:
        """Lets the next pass have the order that it had when `state` was taken."""
        if self.order is not None:
            self.order.seed, self.order.passes = state[0]
        for one, its in zip(self.sources, state[1:], strict=True):
            one.restore(its)

    def leave(self, start: Any) -> None:
        """Counts a pass that began at the state `start` and was left as one, whatever was made beforehand."""
        self.restore(start)
        self._count()

    def _count(self) -> None:
        if self.order is not None:
            self.order.passes += 1
        for one in self.sources:
            one._count()

    def refuse_augmented(self, op: str) -> None:
        """ArgumentError where the elements are not finished before they are on the device."""
        if self.augmented:
            raise ArgumentError(f"{op}: augment works on the device, when a batch is used: put it after {op}")


def whole(name: str, value: Any, least: int, op: str) -> int:
    """`value` as an int of at least `least`; ArgumentError for another."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or value.__index__() < least:
        raise ArgumentError(f"{op}: {name} must be a whole number of at least {least}, got {value!r}")
    return count_of(value, name, op, least, MOST_STEPS)


def times(size: Size, count: int) -> Size:
    """The size of so many passes; endless for a negative count.

    >>> times(3, 2), times(3, -1), times(None, 0)
    (6, inf, 0)
    """
    if count == 0 or size == 0:
        return 0
    if size is None:
        return None
    return math.inf if count < 0 else size * count


def quotient(size: Size, divisor: int, up: bool) -> Size:
    """How many groups of `divisor` elements there are, counting a last one that isn't full if `up`.

    >>> quotient(5, 2, True), quotient(5, 2, False), quotient(math.inf, 2, True)
    (3, 2, inf)
    """
    if size is None or size == math.inf:
        return size
    return -(-int(size) // divisor) if up else int(size) // divisor
