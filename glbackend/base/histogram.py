"""Bars of a histogram for whatever numbers there are: NumPy refuses NaN, and those too near to each other."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def bars(values: Array, count: int) -> tuple[Array, Array]:
    """How many of the finite `values` lie in each of `count` ranges, and the `count + 1` ends of these.

    >>> bars(np.array([1e20, 1e20, np.nan]), 4)[0].tolist()
    [0, 0, 2, 0]
    >>> bars(np.array([]), 2)[1].tolist()
    [0.0, 0.5, 1.0]
    """
    finite = values[np.isfinite(values)].astype(np.float64)
    if not finite.size:
        return np.histogram(finite, count)
    low, high = float(finite.min()), float(finite.max())
    least = 4 * count * float(np.spacing(max(-low, high)))  # so that no two ends are one number
    if high - low < least or low == high:
        reach = max(least, 0.0 if low < high else 1.0) / 2
        low, high = low - reach, high + reach
    return np.histogram(finite, count, (low, high))
