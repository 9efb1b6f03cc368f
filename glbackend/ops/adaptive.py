"""Pools whose windows adapt: as many of them as are asked for, whatever the size of the input."""

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor
from glbackend.ops.index import gather
from glbackend.ops.logical import where


def window_positions(size: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """For `count` windows over `size` places: the places of each, and which of these count; equally long.

    Window i reaches from floor(i * size / count) to ceil((i + 1) * size / count), as in PyTorch and Keras.

    >>> places, inside = window_positions(5, 2)
    >>> places.tolist(), inside.tolist()
    ([[0, 1, 2], [2, 3, 4]], [[True, True, True], [True, True, True]])
    """
    starts = np.arange(count) * size // count
    ends = -(-np.arange(1, count + 1) * size // count)
    places = starts[:, None] + np.arange((ends - starts).max(initial=1))
    inside = places < ends[:, None]
    return np.where(inside, places, starts[:, None]).astype(np.int32), inside


def pooled_along(x: Tensor, axis: int, count: int, largest: bool) -> Tensor:
    """The means of `count` windows along an axis of `x`, or with `largest` their largest elements.

    >>> pooled_along(tensor([1., 2., 3., 4., 5.]), 0, 2, False).numpy().tolist()
    [2.0, 4.0]
    """
    places, inside = window_positions(x.shape[axis], count)
    windows = gather(x, tensor(places), axis)
    mask = tensor(inside.reshape(*inside.shape, *(1,) * (x.rank - axis - 1)))
    if largest:
        return where(mask, windows, float("-inf")).max(axis + 1)
    counts = inside.sum(1).astype(np.float32).reshape(-1, *(1,) * (x.rank - axis - 1))
    return where(mask, windows, 0.0).sum(axis + 1) / tensor(counts)
