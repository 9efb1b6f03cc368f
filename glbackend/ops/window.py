"""What the ops over images share: one image is a batch of one, pads may be lists, channels may come first."""

from typing import Any

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.window import FORMATS
from glbackend.engine.tensor import Tensor


def frozen(value: Any) -> Any:
    """Lists as tuples, so that contracts can be cached."""
    return tuple(frozen(one) for one in value) if isinstance(value, list | tuple) else value


def as_batch(x: Tensor, op: str, name: str = "x") -> Tensor:
    """x as a batch of images; ShapeError where it is of rank other than 3 or 4."""
    if x.rank not in (3, 4):
        raise ShapeError(f"{op}: {name} must be of rank 3 or 4, got shape {list(x.shape)}")
    return x if x.rank == 4 else x.reshape((1, *x.shape))


def as_given(y: Tensor, x: Tensor) -> Tensor:
    """y without the batch that `as_batch` gave to x."""
    return y if x.rank == 4 else y.reshape(y.shape[1:])


def channels_first(data_format: str, op: str) -> bool:
    """Whether channels come first; ArgumentError for an unknown format."""
    if data_format not in FORMATS:
        raise ArgumentError(f"{op}: data_format {data_format!r} must be 'NHWC' or 'NCHW'")
    return FORMATS[data_format]


def channels_last(pad: Any) -> Any:
    """A pad as channels-last windows take it: the channels' pair goes from the second place to the end."""
    pad = frozen(pad)
    return (pad[0], *pad[2:], pad[1]) if isinstance(pad, tuple) and len(pad) == 4 else pad
