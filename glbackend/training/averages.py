"""Means of losses and metrics over an epoch; what steps give stays on the device until it is read in bulk."""

import time
from typing import Any

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.ops.concat import concat
from glbackend.training.callback import Logs

READ_SECONDS = 0.25  # how often losses are read back for the display
READ_STEPS = 64  # and at least every so many steps, so that what waits to be read stays bounded


class Averages:
    """Means weighed by the number of examples; `last` holds the values of the last step that was read."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.last: Logs = {}
        self.first_nan: int | None = None  # the first step, from 0, whose loss is NaN or infinite
        self._sums = np.zeros(len(names))
        self._examples = 0
        self._steps = 0
        self._waiting: list[tuple[int, list[Tensor]]] = []
        self._read_at = time.monotonic()

    def state(self) -> dict[str, Any]:
        """The sums so far, for an epoch that goes on in another process."""
        self.read()
        return {"sums": self._sums, "examples": self._examples, "steps": self._steps}

    def set_state(self, state: dict[str, Any]) -> None:
        """Takes up what `state` gave."""
        self._sums, self._examples, self._steps = state["sums"].copy(), state["examples"], state["steps"]

    def add(self, values: list[Tensor], examples: int) -> None:
        """Takes the scalars of a step."""
        self._waiting.append((examples, values))

    def due(self) -> bool:
        """Whether it is time to read."""
        return len(self._waiting) >= READ_STEPS or time.monotonic() - self._read_at > READ_SECONDS

    def read(self) -> Logs:
        """Reads what waits, in one transfer, and gives the means so far."""
        if self._waiting:
            flat = [value.reshape((1,)) for _, values in self._waiting for value in values]
            rows = (concat(flat) if len(flat) > 1 else flat[0]).numpy().reshape(len(self._waiting), -1)
            for (examples, _), row in zip(self._waiting, rows.astype(np.float64), strict=True):
                if self.first_nan is None and not np.isfinite(row[0]):
                    self.first_nan = self._steps
                self._sums += row * examples
                self._examples += examples
                self._steps += 1
                self.last = dict(zip(self.names, map(float, row), strict=True))
            self._waiting.clear()
        self._read_at = time.monotonic()
        means = self._sums / max(self._examples, 1)
        return dict(zip(self.names, map(float, means), strict=True))
