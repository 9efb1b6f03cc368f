"""Data sets of fit, evaluate and predict: kept on the host, cut into batches that are uploaded one by one."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from glbackend.base.dtypes import to_numpy
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor

Array = np.ndarray[Any, Any]


def arrays_of(data: Any, count: int, what: str, op: str) -> list[Array]:
    """Host arrays of `count` inputs or outputs: an array or tensor for one, a list of them for several."""
    several = isinstance(data, list | tuple) and count > 1
    group = list(data) if several else [data]
    if len(group) != count:
        raise ArgumentError(
            f"{op}: the model has {count} {what}, but {len(group)} were given: pass a list of {count}"
        )
    return [one.numpy() if isinstance(one, Tensor) else to_numpy(one, None, f"{op}: {what}") for one in group]


def check_shapes(arrays: Sequence[Array], symbols: Sequence[Any], what: str, op: str) -> None:
    """ShapeError where an array does not fit the symbolic shape it is meant for."""
    for array, symbol in zip(arrays, symbols, strict=True):
        wanted = symbol.shape
        fits = array.ndim == len(wanted) and all(
            dim is None or dim == size for dim, size in zip(wanted[1:], array.shape[1:], strict=True)
        )
        if not fits:
            expected = ["any", *("any" if dim is None else dim for dim in wanted[1:])]
            raise ShapeError(
                f"{op}: the {what} of {symbol.name!r} must have shape [{', '.join(map(str, expected))}], "
                f"got {list(array.shape)}"
            )


def same_length(arrays: Sequence[Array], op: str) -> int:
    """The common number of examples; ShapeError where it differs or is 0."""
    lengths = {len(array) for array in arrays}
    if len(lengths) > 1:
        raise ShapeError(f"{op}: inputs and targets must have as many examples, got {sorted(lengths)}")
    (length,) = lengths
    if length == 0:
        raise ShapeError(f"{op}: there are no examples")
    return length


def batches(arrays: Sequence[Array], size: int, order: Array | None = None) -> Iterator[list[Tensor]]:
    """Batches of tensors, the last one smaller where it must be."""
    length = len(arrays[0])
    for first in range(0, length, size):
        chosen = slice(first, first + size) if order is None else order[first : first + size]
        yield [tensor(array[chosen]) for array in arrays]
