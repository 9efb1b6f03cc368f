"""Shapes, and tensors seen, padded, repeated or moved in them."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ModelFormatError
from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import tf_op
from glbackend.formats.graph_model.host import whole
from glbackend.ops import broadcast, concat, image, space_to_batch, view
from glbackend.ops import pad as padding


@tf_op("Shape")
def shape(input: Any) -> Tensor:
    """The dims, on the host."""
    return whole(input.shape)


@tf_op("ShapeN")
def shape_n(*input: Tensor) -> list[Tensor]:
    """The dims of each."""
    return [whole(one.shape) for one in input]


@tf_op("Size")
def size(input: Tensor) -> Tensor:
    """How many elements."""
    return whole(input.size)


@tf_op("Rank")
def rank(input: Tensor) -> Tensor:
    """How many dims."""
    return whole(input.rank)


@tf_op("Reshape")
def reshape(tensor: Tensor, shape: list[int]) -> Tensor:
    """The elements in another shape."""
    return tensor.reshape(shape)


@tf_op("ExpandDims")
def expand_dims(input: Tensor, dim: int) -> Tensor:
    """A dim of 1 more."""
    return input.expand_dims(dim)


@tf_op("Squeeze")
def squeeze(input: Tensor, *, squeeze_dims: Sequence[int] = (), axis: Sequence[int] = ()) -> Tensor:
    """Without dims of 1."""
    return view.squeeze(input, squeeze_dims or axis or None)


@tf_op("BroadcastTo")
def broadcast_to(input: Tensor, shape: list[int]) -> Tensor:
    """Repeated to a shape."""
    return input.broadcast_to(shape)


@tf_op("BroadcastArgs")
def broadcast_args(s0: Tensor, s1: Tensor) -> Tensor:
    """The shape that two shapes broadcast to."""
    return broadcast.broadcast_args(s0, s1)


@tf_op("EnsureShape")
def ensure_shape(input: Tensor, *, shape: Any = None) -> Tensor:
    """The tensor, whose shape is held against what is known of it."""
    if shape is None:
        return input
    return broadcast.ensure_shape(input, [None if dim < 0 else dim for dim in shape])


@tf_op("Pad")
def pad(input: Tensor, paddings: list[int]) -> Tensor:
    """Zeros around."""
    return input.pad(pairs(paddings))


@tf_op("PadV2")
def pad_v2(input: Tensor, paddings: list[int], constant_values: Tensor) -> Tensor:
    """A constant around."""
    return input.pad(pairs(paddings), constant_values.item())


@tf_op("MirrorPad")
def mirror_pad(input: Tensor, paddings: list[int], *, mode: str) -> Tensor:
    """The edge mirrored around."""
    return padding.mirror_pad(input, pairs(paddings), mode.lower())


@tf_op("SpaceToBatchND")
def space_to_batch_nd(input: Tensor, block_shape: list[int], paddings: list[int]) -> Tensor:
    """Blocks of space as images of a batch."""
    return space_to_batch.space_to_batch_nd(input, block_shape, pairs(paddings))


@tf_op("BatchToSpaceND")
def batch_to_space_nd(input: Tensor, block_shape: list[int], crops: list[int]) -> Tensor:
    """Back from there."""
    return space_to_batch.batch_to_space_nd(input, block_shape, pairs(crops))


@tf_op("DepthToSpace")
def depth_to_space(input: Tensor, *, block_size: int, data_format: str = "NHWC") -> Tensor:
    """Channels as blocks of pixels."""
    return image.depth_to_space(input, block_size, data_format)


@tf_op("SpaceToDepth")
def space_to_depth(input: Tensor, *, block_size: int, data_format: str = "NHWC") -> Tensor:
    """Blocks of pixels as channels."""
    if data_format != "NHWC":
        raise ModelFormatError(f"SpaceToDepth: data_format {data_format!r} is not known here")
    batch, height, width, depth = input.shape
    rows, columns = height // block_size, width // block_size
    blocks = input.reshape((batch, rows, block_size, columns, block_size * depth)).transpose((0, 1, 3, 2, 4))
    return blocks.reshape((batch, rows, columns, block_size * block_size * depth))


@tf_op("Roll")
def roll(input: Tensor, shift: list[int], axis: list[int]) -> Tensor:
    """Elements moved on, those at the end to the front."""
    for by, along in zip(shift, axis, strict=True):
        length = input.shape[along]
        cut = -by % length if length else 0
        if cut:
            front, back = input.split([cut, length - cut], along)
            input = concat.concat([back, front], along)
    return input


def pairs(flat: list[int]) -> list[tuple[int, int]]:
    """(before, after) for each dim."""
    return list(zip(flat[::2], flat[1::2], strict=True))
