"""TopK and SearchSorted in NumPy."""

from typing import Any, Literal

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Array = np.ndarray[Any, Any]


def _descending(array: Array) -> Array:
    """Positions by falling value along the last axis: NaN before numbers, of equals the lower one first."""
    if array.dtype.kind == "f":
        return np.asarray(np.lexsort((-array, ~np.isnan(array)), axis=-1))
    return np.argsort(-array.astype(np.int64), axis=-1, kind="stable")


@kernel("TopK", "cpu")
def topk(cpu: Cpu, x: Handle, *, out: tuple[Spec, Spec], k: int, rows: int) -> tuple[Handle, Handle]:
    """The first k of all, sorted."""
    array = cpu.array(x)
    places = _descending(array.reshape(rows, x.shape[-1]))[:, :k].reshape(out[0].shape)
    return cpu.handle(np.take_along_axis(array, places, -1), out[0]), cpu.handle(places, out[1])


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
