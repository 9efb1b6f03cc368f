"""Contract of Tile: a tensor repeated along its axes."""

from collections.abc import Sequence

from glbackend.base.errors import ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract


@contract("Tile")
def tile(x: Spec, *, reps: Sequence[int]) -> Checked:
    """A number of at least 0 for each axis."""
    counts = tuple(int(count) for count in reps)
    if len(counts) != x.rank or any(count < 0 for count in counts):
        raise ShapeError(
            f"tile: reps {list(reps)} must be a number of at least 0 for each axis of {list(x.shape)}"
        )
    shape = tuple(dim * count for dim, count in zip(x.shape, counts, strict=True))
    return Checked(Spec(shape, x.dtype), {"reps": counts})
