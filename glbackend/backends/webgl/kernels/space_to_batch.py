"""SpaceToBatchND and BatchToSpaceND on webgl: split axes transposed, with a border put on or cut off."""

import math

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.kernels.movement import transpose
from glbackend.backends.webgl.kernels.pad import pad_v2
from glbackend.backends.webgl.kernels.slice import slice as slice_window
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

Pairs = tuple[tuple[int, int], ...]


@kernel("SpaceToBatchND", "webgl")
def space_to_batch_nd(
    webgl: WebGL, x: Handle, *, out: Spec, block_shape: tuple[int, ...], paddings: Pairs
) -> Handle:
    """Each place in a block becomes a batch entry."""
    count, batch, rest = len(block_shape), x.shape[0], x.shape[1 + len(block_shape) :]
    border = ((0, 0), *paddings, *((0, 0),) * len(rest))
    shape = tuple(n + sum(pair) for n, pair in zip(x.shape, border, strict=True))
    padded = pad_v2(webgl, x, out=Spec(shape, x.dtype), paddings=border, constant_value=0)
    space = (n for dim, block in zip(shape[1:], block_shape, strict=False) for n in (dim // block, block))
    split = padded.view((batch, *space, *rest))
    perm = (*range(2, 2 * count + 1, 2), 0, *range(1, 2 * count, 2), *range(2 * count + 1, len(split.shape)))
    return _transposed(webgl, split, perm).view(out.shape)


@kernel("BatchToSpaceND", "webgl")
def batch_to_space_nd(
    webgl: WebGL, x: Handle, *, out: Spec, block_shape: tuple[int, ...], crops: Pairs
) -> Handle:
    """Batch entries become the places of blocks."""
    count, batch = len(block_shape), x.shape[0] // math.prod(block_shape)
    split = x.view((*block_shape, batch, *x.shape[1:]))
    pairs = (axis for i in range(count) for axis in (count + 1 + i, i))
    moved = _transposed(webgl, split, (count, *pairs, *range(2 * count + 1, len(split.shape))))
    space = (dim * block for dim, block in zip(x.shape[1:], block_shape, strict=False))
    whole = moved.view((batch, *space, *x.shape[1 + count :]))
    begin = (0, *(before for before, _ in crops), *(0,) * (len(out.shape) - 1 - count))
    return slice_window(webgl, whole, out=out, begin=begin)


def _transposed(webgl: WebGL, x: Handle, perm: tuple[int, ...]) -> Handle:
    return transpose(webgl, x, out=Spec(tuple(x.shape[axis] for axis in perm), x.dtype), perm=perm)
