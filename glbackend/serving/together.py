"""Several requests as one call: their inputs become one array, and its outputs are written together.

A call of NumPy costs as much as a hundred numbers in a list, so what can be done once for all is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
SMALL_NUMBERS = 1 << 10  # what takes no longer than other requests may wait for: inputs stay a list, outputs
# of all are written together, and on the event loop


@dataclass(slots=True, frozen=True)
class Listed:
    """An array whose numbers are a list still, checked against `shape` and `dtype`."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    numbers: list[Any]

    @property
    def ndim(self) -> int:
        """As of an array."""
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]


Given = Array | Listed


def as_array(given: Given) -> Array:
    """The array of what a request gave."""
    if isinstance(given, np.ndarray):
        return given
    made = np.empty(given.shape, given.dtype)
    _fill(made, given.numbers)
    return made


def joined(parts: list[Given], rows: int) -> Array:
    """An array of so many rows, which the parts fill from the first on; zeros behind them."""
    first = parts[0]
    made = np.zeros((rows, *first.shape[1:]), first.dtype)
    part = made[: sum(map(len, parts))]
    listed = [one for one in parts if isinstance(one, Listed)]
    if len(listed) == len(parts):
        _fill(part, list(chain.from_iterable(one.numbers for one in listed)))
    else:
        np.concatenate([as_array(one) for one in parts], out=part)
    return made


def _fill(array: Array, numbers: list[Any]) -> None:
    with np.errstate(over="ignore"):  # to infinity, as in TensorFlow Serving
        array.reshape(-1)[:] = numbers


@dataclass(slots=True)
class Batch:
    """What a call gave to all who ran together; `texts`: its rows, once one of them has written them."""

    arrays: Mapping[str, Array]
    texts: list[str] | None = None
    small: bool = field(init=False)

    def __post_init__(self) -> None:
        self.small = sum(one.size for one in self.arrays.values()) <= SMALL_NUMBERS


class Outputs(Mapping[str, Array]):
    """The outputs of one request by name.

    `batch`: of all that ran with it.
    `rows`: which of their rows are its own; None for all, or where there are none.
    """

    __slots__ = ("batch", "rows")

    def __init__(self, batch: Batch, rows: slice | None = None) -> None:
        self.batch, self.rows = batch, rows

    @property
    def large(self) -> bool:
        """Whether writing them takes longer than others may wait."""
        return not self.batch.small and sum(one.size for one in self.values()) > SMALL_NUMBERS

    def __getitem__(self, name: str) -> Array:
        array = self.batch.arrays[name]
        return array if self.rows is None else array[self.rows]

    def __iter__(self) -> Iterator[str]:
        return iter(self.batch.arrays)

    def __len__(self) -> int:
        return len(self.batch.arrays)
