"""What the numbers of a data set's columns are like."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.data.choosing import Shuffle, Take
from glbackend.data.element import consumed, on_host
from glbackend.data.stage import Order, Stage, whole


class ColumnStatistics(NamedTuple):
    """What the numbers of a column are like; of a single number the variance is NaN. As in TF.js."""

    min: float
    max: float
    mean: float
    variance: float
    stddev: float
    length: int


class _Running:
    """Count, mean and sum of squared distances of the numbers so far, after Chan, Golub and LeVeque."""

    def __init__(self) -> None:
        self.least, self.greatest = math.inf, -math.inf
        self.length, self.mean, self.squares = 0, 0.0, 0.0

    def add(self, numbers: np.ndarray[Any, Any]) -> None:
        values = np.asarray(numbers, np.float64).ravel()
        values = values[np.isfinite(values)]
        if not values.size:
            return
        self.least = min(self.least, float(values.min()))
        self.greatest = max(self.greatest, float(values.max()))
        mean, total = float(values.mean()), self.length + values.size
        distance = mean - self.mean
        self.squares += float(((values - mean) ** 2).sum()) + distance**2 * self.length * values.size / total
        self.mean += distance * values.size / total
        self.length = total

    def result(self) -> ColumnStatistics:
        variance = self.squares / self.length if self.length > 1 else math.nan
        return ColumnStatistics(
            self.least, self.greatest, self.mean, variance, math.sqrt(variance), self.length
        )


def statistics_of(
    stage: Stage, sample_size: int | None, shuffle_window_size: int | None
) -> dict[str, ColumnStatistics]:
    """The statistics of each numeric column, in the order of their first appearance."""
    if shuffle_window_size is not None:
        held = whole("shuffle_window_size", shuffle_window_size, 1, "statistics")
        stage = Shuffle(stage, held, Order())
    if sample_size is not None:
        stage = Take(stage, whole("sample_size", sample_size, 0, "statistics"))
    columns: dict[str, _Running] = {}
    for element in stage.run():
        host = on_host(consumed(element, None))
        if not isinstance(host, dict):
            raise ArgumentError(
                f"statistics: elements must be dicts of columns, got {type(host).__name__}: map them to dicts"
            )
        for name, value in host.items():
            array = np.asarray(value)
            if array.dtype.kind in "biuf":
                columns.setdefault(name, _Running()).add(array)
    return {name: one.result() for name, one in columns.items() if one.length}


def scale_to_01(min: float, max: float) -> Callable[[Any], Any]:
    """A function that maps `min` to 0, `max` to 1 and what lies between evenly. As TF.js's scaleTo01.

    The function takes numbers, lists of them, arrays and tensors. ArgumentError where the range is empty.

    >>> scale_to_01(10, 20)(15)
    0.5
    """
    if not max > min:
        raise ArgumentError(f"scale_to_01: max must lie above min, got {min} and {max}")

    def scale(value: Any) -> Any:
        if isinstance(value, list):
            return [scale(one) for one in value]
        if isinstance(value, str):
            raise ArgumentError("scale_to_01: text cannot be scaled")
        return (value - min) / (max - min)

    return scale
