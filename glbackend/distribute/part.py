"""The part that this process has of a step on a batch of all ranks, as lower floors see it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from glbackend.base.whole import whole
from glbackend.distribute.ranks import Array, Ranks
from glbackend.engine.storage import Reading


class Part:
    """The part of a batch that this rank has; what `base/whole.py` asks for."""

    def __init__(self, ranks: Ranks, share: float | None) -> None:
        self.ranks, self.share = ranks, share
        self.rank = ranks.rank
        self._readings: list[Reading] = []  # of what is to be added up
        self._waits: list[Callable[[], Any]] = []  # for the sums of the first of them, which have begun

    def total(self, array: Array) -> Array:
        """The sum over all ranks."""
        return self.ranks.add(np.array(array, np.float64))

    def begin(self, number: int, reading: Reading) -> Array:
        """Begins to replace an array by the sum over all ranks; gives the array that becomes it.

        A message leaves once its values are on the host, which is looked at here and at the end.
        """
        if number == len(self._readings):
            self._readings.append(reading)
        self._send(wait=False)
        return self._readings[number].array

    def finish(self) -> None:
        """Waits for the sums that have begun."""
        self._send(wait=True)
        for wait in self._waits:
            wait()

    def _send(self, wait: bool) -> None:
        """The messages leave in their order, the same on all ranks."""
        for one in self._readings[len(self._waits) :]:
            if not (wait or one.ready()):
                return
            one.wait()
            self._waits.append(self.ranks.start_adding(one.array))


@contextmanager
def taking_part(part: Part | None) -> Iterator[None]:
    """Lets the floors below know, within the block, which part of something larger this process has."""
    token = whole.set(part)
    try:
        yield
    finally:
        whole.reset(token)
