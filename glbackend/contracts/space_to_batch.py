"""Contracts of SpaceToBatchND and BatchToSpaceND: blocks of space traded for entries of the batch."""

import math
from collections.abc import Sequence

from glbackend.base.errors import ShapeError
from glbackend.base.shapes import Spec
from glbackend.base.slicing import check_pairs
from glbackend.contracts.contract import Checked, contract


def _check_blocks(x: Spec, block_shape: Sequence[int], op: str) -> tuple[int, ...]:
    blocks = tuple(int(block) for block in block_shape)
    if any(block < 1 for block in blocks):
        raise ShapeError(f"{op}: block_shape {list(blocks)} must hold numbers of at least 1")
    if x.rank < 1 + len(blocks):
        raise ShapeError(
            f"{op}: a tensor of shape {list(x.shape)} has no batch axis and {len(blocks)} axes of space "
            f"for block_shape {list(blocks)}"
        )
    return blocks


@contract("SpaceToBatchND")
def space_to_batch_nd(x: Spec, *, block_shape: Sequence[int], paddings: Sequence[Sequence[int]]) -> Checked:
    """Axes 1.. of x, padded, are multiples of the blocks."""
    blocks = _check_blocks(x, block_shape, "space_to_batch_nd")
    pairs = check_pairs(paddings, len(blocks), "space_to_batch_nd", "paddings")
    space = []
    for i, (dim, block, pair) in enumerate(zip(x.shape[1:], blocks, pairs, strict=False)):
        if (dim + sum(pair)) % block:
            raise ShapeError(
                f"space_to_batch_nd: axis {i + 1} of {list(x.shape)}, padded by {list(pair)}, "
                f"is no multiple of {block}"
            )
        space.append((dim + sum(pair)) // block)
    shape = (x.shape[0] * math.prod(blocks), *space, *x.shape[1 + len(blocks) :])
    return Checked(Spec(shape, x.dtype), {"block_shape": blocks, "paddings": pairs})


@contract("BatchToSpaceND")
def batch_to_space_nd(x: Spec, *, block_shape: Sequence[int], crops: Sequence[Sequence[int]]) -> Checked:
    """The batch is a multiple of the blocks' product; the crops leave something."""
    blocks = _check_blocks(x, block_shape, "batch_to_space_nd")
    pairs = check_pairs(crops, len(blocks), "batch_to_space_nd", "crops")
    if x.shape[0] % math.prod(blocks):
        raise ShapeError(f"batch_to_space_nd: batch {x.shape[0]} is no multiple of the blocks {list(blocks)}")
    space = [dim * b - sum(pair) for dim, b, pair in zip(x.shape[1:], blocks, pairs, strict=False)]
    if min(space, default=0) < 0:
        raise ShapeError(
            f"batch_to_space_nd: crops {[list(pair) for pair in pairs]} exceed the space {list(x.shape)}"
        )
    shape = (x.shape[0] // math.prod(blocks), *space, *x.shape[1 + len(blocks) :])
    return Checked(Spec(shape, x.dtype), {"block_shape": blocks, "crops": pairs})
