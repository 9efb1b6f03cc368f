"""Ops that trade blocks of space for entries of the batch: space_to_batch_nd, batch_to_space_nd."""

from collections.abc import Sequence

from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run

Pairs = tuple[tuple[int, int], ...]


@op()
def space_to_batch_nd(x: TensorLike, block_shape: Sequence[int], paddings: Sequence[Sequence[int]]) -> Tensor:
    """Axes 1.. of `x`, padded with zeros, cut into blocks, each place of which becomes a batch entry.

    `x`: [batch, ...space, ...rest].
    `block_shape`: sizes of a block, one for each axis of space.
    `paddings`: a pair [before, after] for each of them.

    Raises ShapeError where the blocks do not fit the padded space. As `tf.spaceToBatchND`.

    >>> space_to_batch_nd([[[1.], [2.], [3.], [4.]]], [2], [[0, 0]]).numpy().tolist()
    [[[1.0], [3.0]], [[2.0], [4.0]]]
    """
    tensor = as_tensor(x, "x", "space_to_batch_nd")
    pairs = tuple(map(tuple, paddings))
    return run("SpaceToBatchND", {"x": tensor}, block_shape=tuple(block_shape), paddings=pairs)


@gradient("SpaceToBatchND", wrt="x")
def space_to_batch_nd_dx(dy: Tensor, *, block_shape: tuple[int, ...], paddings: Pairs) -> Tensor:
    """The way back."""
    return batch_to_space_nd(dy, block_shape, paddings)


@op()
def batch_to_space_nd(x: TensorLike, block_shape: Sequence[int], crops: Sequence[Sequence[int]]) -> Tensor:
    """The inverse of `space_to_batch_nd`: batch entries become places of blocks, then the border is cropped.

    `x`: [batch, ...space, ...rest].
    `block_shape`: sizes of a block, one for each axis of space.
    `crops`: a pair [before, after] for each of them.

    Raises ShapeError where the batch is no multiple of the blocks. As `tf.batchToSpaceND`.

    >>> batch_to_space_nd([[[1.], [3.]], [[2.], [4.]]], [2], [[0, 0]]).numpy().tolist()
    [[[1.0], [2.0], [3.0], [4.0]]]
    """
    tensor = as_tensor(x, "x", "batch_to_space_nd")
    return run(
        "BatchToSpaceND", {"x": tensor}, block_shape=tuple(block_shape), crops=tuple(map(tuple, crops))
    )


@gradient("BatchToSpaceND", wrt="x")
def batch_to_space_nd_dx(dy: Tensor, *, block_shape: tuple[int, ...], crops: Pairs) -> Tensor:
    """The way back."""
    return space_to_batch_nd(dy, block_shape, crops)
