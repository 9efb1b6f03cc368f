"""Where windows stand: ONNX's paddings, strides and dilations as numbers for each dim of space."""

from collections.abc import Sequence
from typing import NamedTuple

Pairs = tuple[tuple[int, int], ...]
NONE = (0, 0)


class Placing(NamedTuple):
    """Strides, dilations and paddings of a window over each dim of space."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads: Pairs

    @property
    def reach(self) -> tuple[int, ...]:
        """How far the window spans."""
        return tuple((size - 1) * step + 1 for size, step in zip(self.kernel, self.dilations, strict=True))


def placing(
    size: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int] | None,
    dilations: Sequence[int] | None,
    pads: Sequence[int] | None,
    auto_pad: str,
) -> Placing:
    """How a window is placed over an input of `size`; ValueError where attributes do not fit its rank."""
    rank = len(size)
    steps, gaps = tuple(strides or (1,) * rank), tuple(dilations or (1,) * rank)
    given = tuple(pads or (0,) * 2 * rank)
    if not len(kernel) == len(steps) == len(gaps) == len(given) // 2 == rank:
        raise ValueError(
            f"kernel_shape {list(kernel)}, strides {list(steps)}, dilations {list(gaps)} and pads "
            f"{list(given)} must fit {rank} dims of space"
        )
    made = Placing(tuple(kernel), steps, gaps, tuple(zip(given[:rank], given[rank:], strict=True)))
    if auto_pad in ("NOTSET", ""):
        return made
    if auto_pad == "VALID":
        return made._replace(pads=(NONE,) * rank)
    if auto_pad not in ("SAME_UPPER", "SAME_LOWER"):
        raise ValueError(f"auto_pad must be NOTSET, VALID, SAME_UPPER or SAME_LOWER, not {auto_pad!r}")
    found = []
    for length, step, reach in zip(size, steps, made.reach, strict=True):
        total = max((-(-length // step) - 1) * step + reach - length, 0)
        less, more = total // 2, total - total // 2
        found.append((less, more) if auto_pad == "SAME_UPPER" else (more, less))
    return made._replace(pads=tuple(found))


def rounded_up(place: Placing, size: Sequence[int]) -> tuple[Placing, Pairs]:
    """The placing with as much padding after the end as a last window needs that is only partly there, and
    that surplus; a window that would start beyond the end and its padding is left out."""
    pads, surplus = [], []
    for length, step, reach, (before, after) in zip(
        size, place.strides, place.reach, place.pads, strict=True
    ):
        count = -(-(length + before + after - reach) // step) + 1
        if (count - 1) * step >= length + before:
            count -= 1
        more = max((count - 1) * step + reach - length - before - after, 0)
        pads.append((before, after + more))
        surplus.append((0, more))
    return place._replace(pads=tuple(pads)), tuple(surplus)


def for_images(place: Placing) -> Placing:
    """A placing over a sequence as one over an image of one row."""
    if len(place.kernel) != 1:
        return place
    return Placing((1, *place.kernel), (1, *place.strides), (1, *place.dilations), (NONE, *place.pads))


def all_pads(place: Placing) -> Pairs:
    """Paddings for all dims, as our ops take them."""
    return (NONE, *place.pads, NONE)
