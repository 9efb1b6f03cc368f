"""Sequences, which are lists of tensors here, and optionals, which are None where they are empty."""

from typing import Any

import numpy as np

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import onnx_op
from glbackend.formats.onnx.host import whole
from glbackend.formats.onnx.subgraph import Subgraph
from glbackend.ops.concat import concat, split, stack


@onnx_op("SequenceConstruct", since=11)
def sequence_construct(*values: Tensor) -> list[Tensor]:
    """A sequence of tensors."""
    return list(values)


@onnx_op("SequenceEmpty", since=11)
def sequence_empty(*, dtype: int = 1) -> list[Tensor]:
    """A sequence of nothing."""
    return []


@onnx_op("SequenceInsert", since=11)
def sequence_insert(values: list[Any], one: Tensor, position: int | None = None) -> list[Tensor]:
    """A sequence with one tensor more, at its end by default."""
    at = len(values) if position is None else position
    if not -len(values) <= at <= len(values):
        raise ValueError(f"position {at} must lie in [-{len(values)}, {len(values)}]")
    return [*values[:at], one, *values[at:]]


@onnx_op("SequenceErase", since=11)
def sequence_erase(values: list[Any], position: int | None = None) -> list[Tensor]:
    """A sequence without one tensor, by default the last."""
    left = list(values)
    left.pop(-1 if position is None else position)
    return left


@onnx_op("SequenceAt", since=11)
def sequence_at(values: list[Any], position: int) -> Tensor:
    """One tensor of a sequence."""
    found: Tensor = values[position]
    return found


@onnx_op("SequenceLength", since=11)
def sequence_length(values: list[Any]) -> Tensor:
    """How many there are."""
    return whole(len(values))


@onnx_op("SequenceMap", since=17)
def sequence_map(values: list[Any], *others: Any, body: Subgraph) -> Any:
    """What a graph gives for each tensor of a sequence, and of others beside it; single tensors stay."""
    rounds = [
        body(one, *(other[i] if isinstance(other, list) else other for other in others))
        for i, one in enumerate(values)
    ]
    return tuple([one[k] for one in rounds] for k in range(len(body.program.outputs)))


@onnx_op("SplitToSequence", since=11)
def split_to_sequence(
    x: Tensor, sizes: Tensor | None = None, *, axis: int = 0, keepdims: int = 1
) -> list[Tensor]:
    """Parts of a tensor along an axis, of 1 by default, of one size (the last may be less), or of several."""
    length = x.shape[axis]
    given = np.ones(1, np.int64) if sizes is None else sizes.numpy().astype(np.int64)
    if sizes is None or sizes.rank == 0:
        each = int(given.reshape(-1)[0])
        parts = [min(each, length - start) for start in range(0, length, each)]
    else:
        parts = given.tolist()
    found = split(x, parts, axis)
    return found if keepdims or sizes is not None else [one.squeeze([axis]) for one in found]


@onnx_op("ConcatFromSequence", since=11)
def concat_from_sequence(values: list[Any], *, axis: int, new_axis: int = 0) -> Tensor:
    """A sequence's tensors one after another, or with `new_axis` each a slice of a new axis."""
    return stack(values, axis) if new_axis else concat(values, axis)


@onnx_op("Optional", since=15)
def optional_(value: Any = None, *, type: Any = None) -> Any:
    """A value that may be missing."""
    return value


@onnx_op("OptionalGetElement", since=15)
def optional_get_element(value: Any) -> Any:
    """What an optional holds."""
    if value is None:
        raise ValueError("the optional is empty")
    return value


@onnx_op("OptionalHasElement", since=15)
def optional_has_element(value: Any = None) -> Tensor:
    """Whether an optional holds anything."""
    return whole(value is not None, "bool")
