"""Whole numbers that say how much there shall be: checked where they are given, before anything is made."""

import sys
from typing import Any

from glbackend.base.errors import ArgumentError

MOST = 2**31 - 1  # places along an axis, and what an int32 counts
MOST_STEPS = sys.maxsize  # of a walk, which takes no memory


def count_of(value: Any, name: str, who: str, least: int = 1, most: int = MOST) -> int:
    """`value` as an int from `least` to `most`; ArgumentError by `who` and `name` otherwise.

    >>> count_of(3.0, "units", "dense")
    3
    """
    if not least <= value < float("inf") or int(value) != value:
        kind = "a positive whole number" if least == 1 else f"a whole number of at least {least}"
        raise ArgumentError(f"{who}: {name} must be {kind}, got {value}")
    if value > most:
        raise ArgumentError(f"{who}: {name} must be at most {most}, got {value}")
    return int(value)


def at_least_one(op: str, **numbers: int | None) -> None:
    """ArgumentError for a number below 1; None is any."""
    for name, value in numbers.items():
        if value is not None and not 1 <= value <= MOST_STEPS:
            bound = "at least 1" if value < 1 else f"at most {MOST_STEPS}"
            raise ArgumentError(f"{op}: {name} must be {bound}, got {value}")
