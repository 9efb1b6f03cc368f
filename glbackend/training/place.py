"""Where fit is: what has to be known so that a training that was broken off goes on in another process."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol


class Resumable(Protocol):
    """What knows its place and can be taken there; numbers, texts, arrays and lists and dicts of them."""

    def state(self) -> dict[str, Any]:
        """The place."""

    def set_state(self, state: dict[str, Any]) -> None:
        """Goes there."""


@dataclass
class Place:
    """Epoch and batch that fit is at, its data, and all that remembers something of the epochs before.

    `batch` is the number of batches that are done in the epoch. A data set with `state()` and `set_state()`
    is taken to where it was; of another one the batches before are passed over, so it has to have one order.
    """

    data: Any
    steps: int | None = None  # of an epoch, where the data go round and round
    epoch: int = 0
    batch: int = 0
    means: Resumable | None = None  # those of the epoch
    others: list[Resumable] = field(default_factory=list)  # callbacks
    stopped: Callable[[], bool] = bool  # whether training was told to stop
    resumed: dict[str, Any] | None = None

    def state(self) -> dict[str, Any]:
        """All of it; within an epoch only while `means` are its."""
        knows = hasattr(self.data, "state")
        return {
            "epoch": self.epoch,
            "batch": self.batch,
            "data": self.data.state() if knows else None,
            "means": self.means.state() if self.means is not None and self.batch else None,
            "others": [[type(one).__name__, one.state()] for one in self.others],
            "stopped": self.stopped(),
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Lets fit go on there, which has not begun yet."""
        self.epoch, self.batch, self.resumed = state["epoch"], state["batch"], state

    def take_up(self) -> bool:
        """Gives callbacks what they remember, once they have begun; whether training is over already.

        They go by their classes and order: there may be others now than when training was broken off.
        """
        if self.resumed is None:
            return False
        known = list(self.resumed["others"])
        for one in self.others:
            place = next((i for i, pair in enumerate(known) if pair[0] == type(one).__name__), None)
            if place is not None:
                one.set_state(known.pop(place)[1])
        return bool(self.resumed["stopped"])

    def rest(self, passes: Iterator[Any]) -> Any:
        """The batches that are left of the epoch that was broken off."""
        state, done, steps = self.resumed, self.batch, self.steps
        self.resumed = None
        assert state is not None
        if self.means is not None and state["means"] is not None:
            self.means.set_state(state["means"])
        if state["data"] is None:
            return islice(next(passes), done, None)
        self.data.set_state(state["data"])
        over = next(iter(self.data), None) is None  # that pass was, and now the next one is to come
        if not over:
            self.data.set_state(state["data"])
        elif done and steps is None:
            return ()
        return next(passes) if steps is None else islice(next(passes), steps - done)
