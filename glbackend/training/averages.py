"""Means of losses and metrics over an epoch; what steps give stays on the device until it is read in bulk."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.ops.concat import concat
from glbackend.ops.create import scalar
from glbackend.training.callback import Logs
from glbackend.training.metric import Mean, Metric

READ_SECONDS = 0.25  # how often losses are read back for the display
READ_STEPS = 64  # and at least every so many steps, so that what waits to be read stays bounded


class Tracked(NamedTuple):
    """A metric under the name of its reports; `by_step` where steps hand its value on, a `Mean`'s."""

    name: str
    metric: Metric
    by_step: bool


class Averages:
    """Means weighed by the number of examples; `last` holds the values of the last step that was read.

    What is tracked by step is a scalar of each step, the mean of its examples, or [sum, sum of weights].
    Other metrics hold state; their results are read with the rest.
    """

    def __init__(self, tracked: Sequence[Tracked]) -> None:
        self.tracked = list(tracked)
        self.last: Logs = {}
        self.first_nan: int | None = None  # the first step, from 0, whose loss is NaN or infinite
        self._by_step = [one for one in tracked if one.by_step]
        self._sums = np.zeros(len(self._by_step))
        self._counts = np.zeros(len(self._by_step))
        self._row: Logs = {}  # the values of the last step that are tracked by step
        self._steps = 0
        self._waiting: list[tuple[int, list[Tensor]]] = []
        self._read_at = time.monotonic()

    def state(self) -> dict[str, Any]:
        """The sums so far, for an epoch that goes on in another process."""
        self.read()
        own = [one.metric.state() for one in self.tracked if not one.by_step]
        return {"sums": self._sums, "counts": self._counts, "steps": self._steps, "metrics": own}

    def set_state(self, state: dict[str, Any]) -> None:
        """Takes up what `state` gave."""
        self._sums, self._counts = state["sums"].copy(), state["counts"].copy()
        self._steps = state["steps"]
        own = (one.metric for one in self.tracked if not one.by_step)
        for metric, its in zip(own, state["metrics"], strict=True):
            metric.set_state(its)

    def add(self, values: list[Tensor], examples: int) -> None:
        """Takes what a step gave, a value for each metric that is tracked by step."""
        self._waiting.append((examples, values))

    def due(self) -> bool:
        """Whether it is time to read."""
        return len(self._waiting) >= READ_STEPS or time.monotonic() - self._read_at > READ_SECONDS

    def read(self) -> Logs:
        """Reads what waits, in one transfer, and gives the values so far."""
        results = {one.name: {} if one.by_step else results_of(one) for one in self.tracked}
        given = [value for _, values in self._waiting for value in values]
        numbers = iter(read_all([*given, *(one for found in results.values() for one in found.values())]))
        for examples, values in self._waiting:
            self._take(examples, [next(numbers) for _ in values])
        self._waiting.clear()
        self._read_at = time.monotonic()
        means = iter(self._sums / np.maximum(self._counts, np.finfo(float).tiny))
        logs: Logs = {}
        for one in self.tracked:
            if one.by_step:
                logs[one.name] = float(next(means))
            else:
                logs |= {name: _plain(next(numbers), it.shape) for name, it in results[one.name].items()}
        self.last = logs | self._row
        return logs

    def _take(self, examples: int, row: list[np.ndarray[Any, Any]]) -> None:
        """Adds the values of a step."""
        pairs = [(one[0] * examples, examples) if one.size == 1 else (one[0], one[1]) for one in row]
        if row and self.first_nan is None and not np.isfinite(row[0]).all():
            self.first_nan = self._steps
        totals, counts = np.array(pairs, np.float64).T
        self._sums += totals
        self._counts += counts
        self._steps += 1
        values = (total / count if count else 0.0 for total, count in pairs)
        self._row = {one.name: float(value) for one, value in zip(self._by_step, values, strict=True)}

    def settle(self) -> Logs:
        """`read`, and the metrics behind what was tracked by step then hold it as their state."""
        logs = self.read()
        for one, total, count in zip(self._by_step, self._sums, self._counts, strict=True):
            if isinstance(one.metric, Mean):
                one.metric.total.assign(scalar(float(total)))
                one.metric.count.assign(scalar(float(count)))
        return logs


def results_of(tracked: Tracked) -> dict[str, Tensor]:
    """The result of a metric, or where it gives a dict, as Keras lets it, its several results."""
    result = tracked.metric.result()
    found = result if isinstance(result, Mapping) else {tracked.name: result}
    return {str(key): one if isinstance(one, Tensor) else scalar(float(one)) for key, one in found.items()}


def read_all(values: Sequence[Tensor]) -> list[np.ndarray[Any, Any]]:
    """The values of tensors, flat, in one transfer."""
    if not values:
        return []
    flat = [(one if one.dtype == "float32" else one.cast("float32")).reshape((-1,)) for one in values]
    whole = (concat(flat) if len(flat) > 1 else flat[0]).numpy().astype(np.float64)
    ends = np.cumsum([one.size for one in flat])
    return np.split(whole, ends[:-1])


def _plain(values: np.ndarray[Any, Any], shape: tuple[int, ...]) -> Any:
    """A float of one number, an array of several."""
    return float(values[0]) if values.size == 1 else values.reshape(shape)


class Latest:
    """The values that steps of one's own report: those of the last one, as these keep means themselves.

    `metrics` are what keeps them.
    """

    def __init__(self, metrics: Sequence[Metric] = ()) -> None:
        self.metrics = metrics
        self.last: Logs = {}
        self.first_nan: int | None = None
        self._values: Mapping[str, Any] = {}
        self._steps = 0
        self._read_at = time.monotonic()

    def state(self) -> dict[str, Any]:
        """What the metrics have seen, for an epoch that goes on in another process."""
        return {"metrics": [one.state() for one in self.metrics], "steps": self._steps}

    def set_state(self, state: dict[str, Any]) -> None:
        """Takes up what `state` gave."""
        self._steps = state["steps"]
        for metric, its in zip(self.metrics, state["metrics"], strict=True):
            metric.set_state(its)

    def add(self, values: Mapping[str, Any], examples: int) -> None:
        """Takes what a step gave, by name."""
        self._values = values
        self._steps += 1

    def due(self) -> bool:
        """Whether it is time to read."""
        return time.monotonic() - self._read_at > READ_SECONDS

    def read(self) -> Logs:
        """Reads the latest values."""
        tensors = {name: one for name, one in self._values.items() if isinstance(one, Tensor)}
        numbers = dict(zip(tensors, read_all(list(tensors.values())), strict=True))
        self.last = {
            name: _plain(numbers[name], one.shape) if name in tensors else float(one)
            for name, one in self._values.items()
        }
        if self.first_nan is None and not np.isfinite(self.last.get("loss", 0.0)):
            self.first_nan = self._steps - 1
        self._read_at = time.monotonic()
        return dict(self.last)

    settle = read
