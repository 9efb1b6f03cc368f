"""Channels last within, channels first without: images stay as our kernels take them from node to node.

ONNX has its images [batch, channels, *space]. What a convolution or a pool gives is held with its channels
last, a sequence as an image of one row, until a node asks for it in ONNX's order.
"""

from collections.abc import Sequence
from typing import Any

from glbackend.base.dtypes import DType
from glbackend.base.shapes import Shape
from glbackend.engine.tensor import Tensor
from glbackend.ops.window import to_first, to_last


class ChannelsLast:
    """A value [batch, channels, *space], `held` with its channels last; its shape and rank are ONNX's."""

    __slots__ = ("_first", "held", "rank")

    def __init__(self, held: Tensor, rank: int) -> None:
        self.held, self.rank = held, rank
        self._first: Tensor | None = None

    @property
    def shape(self) -> Shape:
        """The dims in ONNX's order."""
        batch, *space, channels = self.held.shape
        return (batch, channels, *(space[1:] if self.rank == 3 else space))

    @property
    def dtype(self) -> DType:
        """The dtype."""
        return self.held.dtype

    def first(self) -> Tensor:
        """In ONNX's order; made once."""
        if self._first is None:
            alone = all(dim == 1 for dim in self.shape[2:])
            self._first = (self.held if alone else to_first(self.held)).reshape(self.shape)
        return self._first


Images = Tensor | ChannelsLast


def in_order(value: Any) -> Any:
    """A value in ONNX's order, whatever it is."""
    return value.first() if isinstance(value, ChannelsLast) else value


def as_images(x: Images) -> Tensor:
    """Channels last; a sequence as an image of one row."""
    if isinstance(x, ChannelsLast):
        return x.held
    y = to_last(x)
    return y.reshape((y.shape[0], 1, *y.shape[1:])) if x.rank == 3 else y


def pointwise(values: Sequence[Any]) -> tuple[list[Any], int]:
    """Inputs of what works element by element as they meet with channels last, and the rank of the result; 0
    where they meet in ONNX's order. Single numbers, and one number a channel, meet in either."""
    ranks = {one.rank for one in values if isinstance(one, ChannelsLast)}
    if len(ranks) != 1:
        return [in_order(one) for one in values], 0
    (rank,) = ranks
    held = [_beside(one, rank) for one in values]
    if any(one is None for one in held):
        return [in_order(one) for one in values], 0
    return held, rank


def _beside(value: Any, rank: int) -> Any:
    """A value that meets images of a rank that are held channels last; None where it does not."""
    if isinstance(value, ChannelsLast):
        return value.held
    if not isinstance(value, Tensor):
        return None
    if value.size == 1:
        return value.reshape(()) if value.rank <= rank else None
    vector = value.rank in (rank - 1, rank) and value.shape[1 - rank] == value.size
    return value.reshape((value.size,)) if vector else None
