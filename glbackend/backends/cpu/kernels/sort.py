"""TopK and SearchSorted in NumPy."""

from typing import Any, Literal

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]
GROUPS_PER_K, LONGEST_GROUP = 8, 256  # of which only the maxima are ranked
FEW = 1 << 17  # numbers that are all compared sooner than some are picked


def _descending(array: Array) -> tuple[Array, ...]:
    """Keys that sort by falling value: NaN before numbers."""
    return (-array, ~np.isnan(array)) if array.dtype.kind == "f" else (-array.astype(np.int64),)


def _candidates(rows: Array, k: int) -> Array:
    """Flat places, rising, of what may be among the first k of its row.

    Of many only groups whose maximum is not below k of all maxima are looked at, and what no group holds.
    """
    count, length = rows.shape
    groups = max(GROUPS_PER_K * k, length // LONGEST_GROUP)
    if groups * 2 > length:
        return np.arange(rows.size)
    size = length // groups
    maxima = rows[:, : groups * size].reshape(count, size, groups).max(1)
    threshold = np.partition(maxima, groups - k, -1)[:, groups - k, None]  # a NaN is larger than any number
    if rows.size <= FEW:
        return np.flatnonzero(~(rows < threshold))
    row, group = np.divmod(np.flatnonzero(~(maxima < threshold)), groups)
    held = (row * length + group)[:, None] + np.arange(0, groups * size, groups)
    rest = np.arange(0, rows.size, length)[:, None] + np.arange(groups * size, length)
    pairs = (held, rows.reshape(-1)[held], threshold[row]), (rest, rows[:, groups * size :], threshold)
    return np.sort(np.concatenate([places[~(values < least)] for places, values, least in pairs]))


@kernel("TopK", "cpu")
def topk(cpu: Cpu, x: Handle, *, out: tuple[Spec, Spec], k: int, rows: int) -> tuple[Handle, ...]:
    """The first k, sorted, of equals the lower place first: only what may be among them is sorted."""
    array = cpu.array(x).reshape(rows, x.shape[-1])
    found = _candidates(array, k) if k else np.zeros(0, int)
    row, place = np.divmod(found, max(array.shape[-1], 1))
    values = array.reshape(-1)[found]
    order = np.lexsort((*_descending(values), row))
    first = order[np.searchsorted(row, np.arange(rows))[:, None] + np.arange(k)]
    return tuple(
        cpu.handle(one[first].reshape(to.shape), to) for one, to in zip((values, place), out, strict=True)
    )


@kernel("SearchSorted", "cpu")
def search_sorted(
    cpu: Cpu, sorted_sequence: Handle, values: Handle, *, out: Spec, side: Literal["left", "right"]
) -> Handle:
    """Bisection of all values at once, with TF.js's probes: alike even where a row is not sorted."""
    length = sorted_sequence.shape[-1]
    rows = out.size // max(out.shape[-1], 1)
    wanted = cpu.array(values).reshape(rows, out.shape[-1])
    left, right = np.zeros(wanted.shape, np.int64), np.full(wanted.shape, length, np.int64)
    if wanted.size:
        sequence = cpu.array(sorted_sequence).reshape(rows, length)
        for _ in range(length.bit_length()):
            middle = (left + right) // 2
            found = np.take_along_axis(sequence, np.minimum(middle, length - 1), 1)
            before = (found < wanted if side == "left" else found <= wanted) & (left < right)
            left, right = (
                np.where(before, middle + 1, left),
                np.where(before, right, np.minimum(middle, right)),
            )
    return cpu.handle(right.reshape(out.shape), out)
