"""Contracts of PadV2 and MirrorPad: a border around a tensor."""

from collections.abc import Sequence

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.base.slicing import check_pairs
from glbackend.contracts.contract import Checked, contract


def _padded(x: Spec, paddings: tuple[tuple[int, int], ...]) -> Spec:
    return Spec(tuple(a + n + b for n, (a, b) in zip(x.shape, paddings, strict=True)), x.dtype)


@contract("PadV2")
def pad_v2(
    x: Spec, *, paddings: Sequence[Sequence[int]], constant_value: float | bool | complex = 0
) -> Checked:
    """A pair [before, after] for each axis."""
    if x.rank == 0:
        raise ShapeError("pad: a tensor of rank 0 cannot be padded")
    pairs = check_pairs(paddings, x.rank, "pad", "paddings")
    return Checked(_padded(x, pairs), {"paddings": pairs, "constant_value": constant_value})


@contract("MirrorPad")
def mirror_pad(x: Spec, *, paddings: Sequence[Sequence[int]], mode: str) -> Checked:
    """ "symmetric" mirrors the border element too, "reflect" does not; nothing is mirrored twice."""
    if mode not in ("reflect", "symmetric"):
        raise ArgumentError(f"mirror_pad: mode {mode!r} must be 'reflect' or 'symmetric'")
    if x.rank == 0:
        raise ShapeError("mirror_pad: a tensor of rank 0 cannot be padded")
    pairs = check_pairs(paddings, x.rank, "mirror_pad", "paddings")
    for axis, (dim, pair) in enumerate(zip(x.shape, pairs, strict=True)):
        most = dim if mode == "symmetric" else dim - 1
        if max(pair) > max(most, 0):
            raise ShapeError(
                f"mirror_pad: padding {list(pair)} of axis {axis} in mode {mode!r} must not exceed "
                f"{max(most, 0)}: the shape is {list(x.shape)}"
            )
    return Checked(_padded(x, pairs), {"paddings": pairs, "mode": mode})
