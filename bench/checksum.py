"""How a benchmarked result is judged: a weighted checksum for the record, and an element-wise comparison.

A figure counts only when the numbers behind it are right; `disagreement` says in words why they are not.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt


class WrongResult(Exception):
    """The numbers behind a figure are wrong, or nothing was drawn; the figure does not count."""


def checksum(values: npt.ArrayLike) -> float:
    """Gives (1/n) sum_i y_i ((i mod 17) + 1) over the flattened values, in double precision.

    >>> checksum([1.0, 2.0])
    2.5
    """
    y = np.asarray(values, dtype=np.float64).ravel()
    return float(y @ (np.arange(y.size) % 17 + 1) / y.size)


def sum_scale(n: int) -> float:
    """Gives the size of a sum of n of the inputs' values (uniform in +-0.5), which may come out near zero.

    >>> round(sum_scale(12))
    1
    """
    return math.sqrt(n / 12)


def sample(values: npt.ArrayLike) -> list[float]:
    """Gives the elements at floor(k (n - 1) / 3), k = 0..3, of the flattened values."""
    y = np.asarray(values, dtype=np.float64).ravel()
    return [float(y[k * (y.size - 1) // 3]) for k in range(4)]


def disagreement(
    got: npt.NDArray[Any], want: npt.NDArray[Any], tolerance: float, scale: float = 0.0
) -> str | None:
    """Gives None where `got` equals `want` within tolerance times the scale of `want`, else what differs.

    The scale is the largest magnitude in `want`, at least the one given. NaN agrees with nothing: no case of
    the bench produces one.
    """
    if got.shape != want.shape:
        return f"shape {got.shape}, expected {want.shape}"
    if not np.isfinite(got).all():
        return f"{int((~np.isfinite(got)).sum())} of {got.size} values are not finite"
    scale = max(float(np.abs(want).max()), scale) or 1.0
    error = np.abs(got.astype(np.float64) - want.astype(np.float64))
    worst = int(error.argmax())
    if error.flat[worst] <= tolerance * scale:
        return None
    where = tuple(int(i) for i in np.unravel_index(worst, want.shape))
    off = error.flat[worst] / scale
    return f"{got[where]:.7g} at {where}, expected {want[where]:.7g} (off by {off:.1e} of scale)"
