"""How data meet a model: by the names of its inputs and outputs, checked, as the tensors of a step."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.dtypes import to_numpy
from glbackend.base.errors import ArgumentError, CallError, ShapeError
from glbackend.base.frames import columns_of, is_frame
from glbackend.base.shapes import TensorSpec
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor
from glbackend.training.dataset import Array


def group_of(data: Any, names: Sequence[str], what: str, op: str) -> list[Any]:
    """One entry for each input or output: the data itself for one, a list or a dict by name for several.

    For several the columns of a table (a DataFrame, ...) go to them by name.
    """
    by_columns = len(names) > 1 and is_frame(data)
    if by_columns:
        data = columns_of(data)
    if isinstance(data, Mapping):
        missing, unknown = set(names) - set(data), set(data) - set(names)
        if missing or unknown:
            raise ArgumentError(
                f"{op}: the {what} are {', '.join(names)}, "
                f"but the {'columns are' if by_columns else 'dict names'} {', '.join(sorted(map(str, data)))}"
            )
        return [data[name] for name in names]
    several = isinstance(data, list | tuple) and len(data) > 0
    listed = several and (len(names) > 1 or all(map(has_shape, data)))
    group = list(data) if listed else [data]
    if len(group) != len(names):
        raise ArgumentError(
            f"{op}: the model has {len(names)} {what} ({', '.join(names)}), but {len(group)} "
            f"{'was' if len(group) == 1 else 'were'} given: pass a list of {len(names)}"
        )
    return group


def has_shape(one: Any) -> bool:
    """Whether it is an array, a tensor or a spec of one, and not a number of NumPy's."""
    return hasattr(one, "shape") and not isinstance(one, np.generic)


def arrays_of(data: Any, names: Sequence[str], what: str, op: str) -> list[Array]:
    """Host arrays of the inputs or outputs of those names."""
    group = group_of(data, names, what, op)
    return [one.numpy() if isinstance(one, Tensor) else to_numpy(one, None, f"{op}: {what}") for one in group]


def tensors_of(data: Any, names: Sequence[str], what: str, op: str) -> list[Tensor]:
    """Tensors of the inputs or outputs of those names."""
    if isinstance(data, Tensor) and len(names) == 1:
        return [data]
    return [one if isinstance(one, Tensor) else tensor(one) for one in group_of(data, names, what, op)]


def column(one: Any, wanted: Sequence[int | None]) -> Any:
    """An array, tensor or spec of shape [n] as [n, 1] where the model has that shape, else as it is."""
    if len(one.shape) != 1 or len(wanted) != 2 or wanted[1] not in (1, None):
        return one
    return _shaped(one, (one.shape[0], 1))


def of_rank(one: Any, wanted: Sequence[int | None]) -> Any:
    """An input with a last axis of 1 more, or less, where the model has that rank, as Keras's models take it.

    >>> of_rank(np.ones((2, 3)), (None, 3, 1)).shape, of_rank(np.ones((2, 3, 1)), (None, 3)).shape
    ((2, 3, 1), (2, 3))
    """
    shape, rank = tuple(one.shape), len(wanted)
    if len(shape) == rank + 1 and shape[-1] == 1 and rank:
        return _shaped(one, shape[:-1])
    if len(shape) == rank - 1 and shape and wanted[-1] == 1:
        return _shaped(one, (*shape, 1))
    return one


def _shaped(one: Any, shape: tuple[int, ...]) -> Any:
    return one.reshape(shape) if hasattr(one, "reshape") else TensorSpec(shape)


def check_inputs(given: Sequence[Any], symbols: Sequence[Any], op: str) -> None:
    """ShapeError where an array, tensor or spec does not fit the symbolic input that it is meant for."""
    for one, symbol in zip(given, symbols, strict=True):
        shape, wanted = tuple(one.shape), symbol.shape
        fits = len(shape) == len(wanted) and all(
            dim is None or size is None or dim == size
            for dim, size in zip(wanted[1:], shape[1:], strict=True)
        )
        if not fits:
            expected = ", ".join("any" if dim is None else str(dim) for dim in (None, *wanted[1:]))
            raise ShapeError(
                f"{op}: the input {symbol.name!r} must have shape [{expected}], got {list(shape)}"
            )


def same_length(arrays: Sequence[Any], op: str) -> int:
    """The common number of examples; ShapeError where it differs or is 0."""
    lengths = {one.shape[0] for one in arrays}
    if len(lengths) > 1:
        raise ShapeError(
            f"{op}: inputs, targets and weights must have as many examples, got {sorted(lengths)}"
        )
    (length,) = lengths
    if length == 0:
        raise ShapeError(f"{op}: there are no examples")
    return int(length)


def check_weights(weights: Sequence[Any], outputs: Sequence[Any], op: str) -> None:
    """ShapeError where weights are neither one number an example nor one for each of an output's steps."""
    for one, output in zip(weights, outputs, strict=True):
        shape, wanted = (
            tuple(one.shape),
            (None, *output.shape[1:-1]),
        )  # a loss is one number for the last axis
        steps = shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape
        fits = 0 < len(steps) <= len(wanted) and all(
            dim is None or size is None or dim == size for dim, size in zip(wanted, steps, strict=False)
        )
        if not fits:
            dims = ", ".join("any" if dim is None else str(dim) for dim in wanted)
            of_steps = f", or one for each of its steps [{dims}]" if len(wanted) > 1 else ""
            raise ShapeError(
                f"{op}: weights must be one number an example{of_steps}, got shape {list(shape)} "
                f"for {output.name!r}"
            )


def class_weights(targets: Sequence[Array], given: Any, names: Sequence[str]) -> list[Array]:
    """For each output the weight of each example's class; targets are class numbers, or one-hot rows.

    `given` maps classes to weights; for several outputs it is a list of such maps, or a dict by output name.
    Raises ArgumentError for a class without a weight, as TF.js.
    """
    if given is None:
        return []
    if isinstance(given, Mapping) and set(given) <= set(names):
        chosen = [given.get(name) for name in names]
    else:
        chosen = list(given) if isinstance(given, list | tuple) else [given]
    for one in chosen:
        if not (one is None or (isinstance(one, Mapping) and all(map(_is_class, one)))):
            raise CallError(
                f"fit: class_weight must be a dict from class numbers to weights, or one for each output, "
                f"got {got(one)}"
            )
    if len(chosen) != len(names):
        raise ArgumentError(
            f"fit: class_weight for {len(chosen)} outputs, but the model has {len(names)}: "
            f"pass a list, or a dict by output name"
        )
    return [_example_weights(target, one or {}) for target, one in zip(targets, chosen, strict=True)]


def _is_class(key: Any) -> bool:
    return str(key).lstrip("-").isdecimal()  # JSON's keys are strings


def _example_weights(target: Array, weights: Mapping[Any, float]) -> Array:
    if not weights:
        return np.ones(len(target), np.float32)
    if target.ndim > 2:
        raise ArgumentError(f"fit: class_weight needs targets of rank 1 or 2, got shape {list(target.shape)}")
    classes = target.argmax(-1) if target.ndim == 2 and target.shape[-1] > 1 else target.reshape(-1)
    known = {int(key): float(value) for key, value in weights.items()}
    bad = [key for key, value in known.items() if not np.isfinite(value)]
    if bad:
        raise ArgumentError(
            f"fit: class_weight of class {bad[0]} must be a finite number, got {known[bad[0]]}"
        )
    found = [int(one) for one in classes]
    missing = set(found) - set(known)
    if missing:
        raise ArgumentError(
            f"fit: class_weight must name every class of the targets, "
            f"but lacks {', '.join(map(str, sorted(missing)))}"
        )
    return np.array([known[one] for one in found], np.float32)


def fits_one_batch(x: Any, batch_size: int) -> bool:
    """Whether x is tensors that can stay where they are."""
    group = x.values() if isinstance(x, Mapping) else x if isinstance(x, list | tuple) else [x]
    return all(isinstance(one, Tensor) and one.rank > 0 and one.shape[0] <= batch_size for one in group)
