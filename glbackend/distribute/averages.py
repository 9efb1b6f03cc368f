"""Means of losses and metrics over all ranks: each has its own sums, which meet at the end of an epoch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glbackend.distribute.ranks import Array, Ranks
from glbackend.training.averages import Averages, Tracked
from glbackend.training.callback import Logs


class TotalAverages(Averages):
    """As `Averages`, of this rank's share while an epoch runs, and of all ranks once it is settled.

    States of metrics are sums: what the ranks have added to what was there before is added up.
    """

    def __init__(self, tracked: Sequence[Tracked], ranks: Ranks) -> None:
        super().__init__(tracked)
        self.ranks = ranks
        self._stateful = [one.metric for one in tracked if not one.by_step]
        self._before = [one.state() for one in self._stateful]

    def settle(self) -> Logs:
        found = self.state()
        super().set_state(found)
        self._before = found["metrics"]
        nan = self.ranks.add(np.array([self.first_nan is not None], np.int32))  # a maximum may lose NaN
        if nan[0] and self.ranks.rank == 0 and self.first_nan is None:
            self.first_nan = max(self._steps - 1, 0)
        return super().settle()

    def state(self) -> dict[str, Any]:
        """The sums of all ranks so far; each asks at the same place."""
        found = super().state()
        sums, counts = self._total([found["sums"], found["counts"]])
        metrics = [self._added_up(*one) for one in zip(found["metrics"], self._before, strict=True)]
        return {**found, "sums": sums, "counts": counts, "metrics": metrics}

    def set_state(self, state: dict[str, Any]) -> None:
        """Takes up the sums of all ranks, which rank 0 keeps."""
        super().set_state(state)
        self._before = state["metrics"]
        if self.ranks.rank:
            self._sums[:], self._counts[:] = 0, 0

    def _take(self, examples: int, row: list[Array]) -> None:
        if examples:
            super()._take(examples, row)
        else:  # rows that stood in
            self._steps += 1

    def _added_up(self, now: list[Array], before: list[Array]) -> list[Array]:
        """The state that a metric began with, and what all ranks have added to it."""
        bases = [*before, *(np.zeros_like(one) for one in now[len(before) :])]  # some were made meanwhile
        added = [np.subtract(one, base, dtype=np.float64) for one, base in zip(now, bases, strict=True)]
        sums = self._total(added)
        return [(base + one).astype(base.dtype) for base, one in zip(bases, sums, strict=True)]

    def _total(self, arrays: Sequence[Array]) -> list[Array]:
        """Arrays added up over all ranks, in one message."""
        flat = np.concatenate([np.asarray(one, np.float64).ravel() for one in arrays] or [np.zeros(0)])
        self.ranks.add(flat)
        ends = np.cumsum([np.size(one) for one in arrays])[:-1]
        return [part.reshape(np.shape(one)) for part, one in zip(np.split(flat, ends), arrays, strict=False)]
