"""What ascending segment ids say, read on the host by both backends: where each segment begins."""

from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError

Array = np.ndarray[Any, Any]


def segment_starts(ids: Array, indices: Array, rows: int) -> Array:
    """Where in `ids` each segment begins, and where the last one ends: int32 [segments + 1].

    ArgumentError for ids that fall or are negative, and for `indices` outside [0, rows).

    >>> segment_starts(np.array([0, 0, 2]), np.array([1, 1, 0]), 2).tolist()
    [0, 2, 2, 3]
    """
    if not ids.size:
        return np.zeros(1, np.int32)
    segments = int(ids[-1]) + 1
    if segments <= 0:
        raise ArgumentError("segment ids must be >= 0")
    outside = np.flatnonzero((ids < 0) | (ids >= segments))
    wrong = np.flatnonzero((indices < 0) | (indices >= rows))
    if outside.size:
        raise ArgumentError(
            f"Segment id {ids[outside[0]]} out of range [0, {segments}), "
            "possibly because segmentIds input is not sorted."
        )
    if (np.diff(ids) < 0).any():
        raise ArgumentError("segment ids are not increasing")
    if wrong.size:
        raise ArgumentError(f"Bad: indices[{wrong[0]}] == {indices[wrong[0]]} out of range [0, {rows})")
    return np.searchsorted(ids, np.arange(segments + 1)).astype(np.int32)
