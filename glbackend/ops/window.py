"""What the ops over images and volumes share: batches of one, pads as lists, channels that come first."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ShapeError
from glbackend.base.window import is_channels_first
from glbackend.engine.tensor import Tensor

Sizes = int | Sequence[int]
Pad = str | int | Sequence[Sequence[int]]


def frozen(value: Any) -> Any:
    """Lists as tuples, so that contracts can be cached."""
    return tuple([frozen(one) for one in value]) if isinstance(value, list | tuple) else value


def as_batch(x: Tensor, op: str, name: str = "x", *, spatial: int = 2) -> Tensor:
    """x as a batch of images, with `spatial` 3 of volumes; ShapeError where it is of another rank."""
    rank = spatial + 2
    if x.rank not in (rank - 1, rank):
        raise ShapeError(f"{op}: {name} must be of rank {rank - 1} or {rank}, got shape {list(x.shape)}")
    return x if x.rank == rank else x.reshape((1, *x.shape))


def as_given(y: Tensor, x: Tensor) -> Tensor:
    """y without the batch that `as_batch` gave to x."""
    return y if x.rank == y.rank else y.reshape(y.shape[1:])


def channels_first(data_format: str, op: str, *, spatial: int = 2) -> bool:
    """Whether channels come first; ArgumentError for an unknown format."""
    return is_channels_first(data_format, spatial, op)


def to_last(x: Tensor) -> Tensor:
    """Channels from the second place to the end."""
    return x.transpose((0, *range(2, x.rank), 1))


def to_first(x: Tensor) -> Tensor:
    """Channels from the end to the second place."""
    return x.transpose((0, x.rank - 1, *range(1, x.rank - 1)))


def channels_last(pad: Any) -> Any:
    """A pad as channels-last windows take it: the channels' pair goes from the second place to the end."""
    pad = frozen(pad)
    return (pad[0], *pad[2:], pad[1]) if isinstance(pad, tuple) and len(pad) >= 4 else pad
