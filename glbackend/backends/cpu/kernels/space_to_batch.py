"""SpaceToBatchND and BatchToSpaceND on cpu."""

import math

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Pairs = tuple[tuple[int, int], ...]


@kernel("SpaceToBatchND", "cpu")
def space_to_batch_nd(
    cpu: Cpu, x: Handle, *, out: Spec, block_shape: tuple[int, ...], paddings: Pairs
) -> Handle:
    """Each place in a block becomes a batch entry."""
    count, batch = len(block_shape), x.shape[0]
    border = [(0, 0), *paddings, *[(0, 0)] * (len(x.shape) - 1 - count)]
    padded = np.pad(cpu.array(x), border)
    space = [
        n for dim, block in zip(padded.shape[1:], block_shape, strict=False) for n in (dim // block, block)
    ]
    split = padded.reshape(batch, *space, *x.shape[1 + count :])
    places, blocks = range(2, 2 * count + 1, 2), range(1, 2 * count, 2)
    moved = split.transpose(*places, 0, *blocks, *range(2 * count + 1, split.ndim))
    return cpu.handle(moved.reshape(out.shape), out)


@kernel("BatchToSpaceND", "cpu")
def batch_to_space_nd(
    cpu: Cpu, x: Handle, *, out: Spec, block_shape: tuple[int, ...], crops: Pairs
) -> Handle:
    """Batch entries become the places of blocks."""
    count, batch = len(block_shape), x.shape[0] // math.prod(block_shape)
    split = cpu.array(x).reshape(*block_shape, batch, *x.shape[1:])
    pairs = [axis for i in range(count) for axis in (count + 1 + i, i)]
    moved = split.transpose(count, *pairs, *range(2 * count + 1, split.ndim))
    space = [dim * block for dim, block in zip(x.shape[1:], block_shape, strict=False)]
    whole = moved.reshape(batch, *space, *x.shape[1 + count :])
    kept = tuple(slice(a, n - b) for n, (a, b) in zip(space, crops, strict=True))
    return cpu.handle(whole[(slice(None), *kept)].copy(), out)
