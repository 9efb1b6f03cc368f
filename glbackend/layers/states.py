"""States of cells: their sizes, those that are given, and those that a sequence begins with."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Layer
from glbackend.layers.structure import tensors_of
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.create import zeros

States = list[Tensor]


def state_sizes(cell: Any) -> tuple[Any, ...]:
    """Sizes of the states of a cell, tuples of dims where a state has more than the batch and one.

    ArgumentError where it has no `state_size`.
    """
    found = getattr(cell, "state_size", None)
    if found is None:
        raise ArgumentError(f"rnn: a cell needs a state_size, one number or several, {cell!r} has none")
    return tuple(found) if isinstance(found, list | tuple) else (found,)


def state_shapes(cell: Any, batch: int) -> list[LayerShape]:
    """Shapes of the states of a cell; None for a dim that is not known."""
    return [(batch, *(size if isinstance(size, tuple) else (size,))) for size in state_sizes(cell)]


def fit(states: Sequence[Tensor], shapes: Sequence[LayerShape]) -> bool:
    """Whether states have these shapes."""
    return len(states) == len(shapes) and all(
        one.rank == len(shape) and all(b in (None, a) for a, b in zip(one.shape, shape, strict=True))
        for one, shape in zip(states, shapes, strict=True)
    )


def given_states(cell: Layer, inputs: Tensor, states: Any) -> States:
    """The states of a cell's call; ShapeError where they are not those that it has."""
    who = f"layer {cell.name!r}, as its states,"
    group = tensors_of(states if isinstance(states, list | tuple) else [states], who)
    shapes = state_shapes(cell, inputs.shape[0])
    if not fit(group, shapes):
        raise ShapeError(f"{who} takes shapes {shapes}, got {[one.shape for one in group]}")
    return group


def zero_states(cell: Any, batch: int) -> States:
    """States of zeros; ShapeError where a dim of theirs is not known."""
    shapes = state_shapes(cell, batch)
    known = [[dim for dim in shape if dim is not None] for shape in shapes]
    if [*map(len, known)] != [*map(len, shapes)]:
        raise ShapeError(f"rnn: all dims of its states must be known, got {[list(one) for one in shapes]}")
    return [zeros(shape) for shape in known]


def first_states(cell: Any, batch: int) -> States:
    """What a cell begins with: what its `get_initial_state(batch_size=)` gives, or zeros.

    ShapeError where that does not fit its `state_size`.
    """
    if not hasattr(cell, "get_initial_state"):
        return zero_states(cell, batch)
    found, shapes = cell.get_initial_state(batch_size=batch), state_shapes(cell, batch)
    who = f"get_initial_state of {type(cell).__name__}"
    states = tensors_of(found if isinstance(found, list | tuple) else [found], who)
    if not fit(states, shapes):
        raise ShapeError(
            f"{who} must give shapes {shapes}, as state_size says, got {[s.shape for s in states]}"
        )
    return states
