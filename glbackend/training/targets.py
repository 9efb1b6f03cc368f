"""Whether targets fit an output and its loss."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.layers.symbolic import SymbolicTensor

SPARSE = ("sparse_categorical_crossentropy", "categorical_generalized_cross_entropy")
FREE = ("ctc", "circle")  # whose targets have shapes of their own


def check_target(
    target: Any, output: SymbolicTensor, loss: str | None, op: str, ignored: int | None = None
) -> None:
    """ShapeError where a target does not fit its output and loss; losses of the user's own (None) take any.

    ArgumentError where a class number, of those that lie on the host, is none, but for one that is `ignored`.
    """
    shape, wanted = tuple(target.shape), output.shape
    fits = loss is None or loss in FREE or _fits(shape, wanted)
    hint = ""
    if loss in SPARSE:
        fits = _fits(shape, wanted[:-1]) or _fits(shape, (*wanted[:-1], 1))
        hint = ": one class number an example"
        wanted = wanted[:-1]
    elif loss == "categorical_crossentropy" and _fits(shape, wanted[:-1]):
        hint = ": for class numbers use the loss sparseCategoricalCrossentropy"
    if not fits:
        expected = ", ".join("any" if dim is None else str(dim) for dim in wanted)
        raise ShapeError(
            f"{op}: the target of {output.name!r} must have shape [{expected}], got {list(shape)}{hint}"
        )
    if loss in SPARSE:
        _check_classes(target, output, op, ignored)


def _check_classes(target: Any, output: SymbolicTensor, op: str, ignored: int | None) -> None:
    """Class numbers outside would cost nothing, whatever is predicted: in a graph they give no loss."""
    numbers = target.handle.storage.host if isinstance(target, Tensor) else target
    count = output.shape[-1]
    if not isinstance(numbers, np.ndarray) or not numbers.size or count is None:
        return
    flat = numbers.reshape(-1)
    right = (flat >= 0) & (flat < count)
    right = right if ignored is None else right | (flat == ignored)
    if not right.all():
        example = int(np.argmax(~right))
        raise ArgumentError(
            f"{op}: the target of {output.name!r} holds class {flat[example]} at example "
            f"{example // (flat.size // target.shape[0])}, but its classes are 0 to {count - 1}"
        )


def _fits(shape: Sequence[int | None], wanted: Sequence[int | None]) -> bool:
    return len(shape) == len(wanted) and all(
        dim is None or size is None or dim == size for dim, size in zip(wanted[1:], shape[1:], strict=True)
    )
