"""Clipping by norm: by what gradients are multiplied, numbers that stay on the device."""

from collections.abc import Sequence

from glbackend.engine.tensor import Tensor
from glbackend.ops.arithmetic import add_n


def scales_of(gradients: Sequence[Tensor], each: float | None, together: float | None) -> list[Tensor | None]:
    """A factor for each gradient, so that its norm is at most `each`, or that of all at most `together`."""
    squares = [gradient.square().sum() for gradient in gradients]
    if each is not None:
        return [_shortened(one, each) for one in squares]
    assert together is not None
    return [_shortened(add_n(squares), together)] * len(squares) if squares else []


def _shortened(square: Tensor, limit: float) -> Tensor:
    """1 for a norm up to the limit, else the limit's share of it."""
    return limit / square.sqrt().maximum(limit)
