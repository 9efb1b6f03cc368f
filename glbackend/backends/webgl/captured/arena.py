"""Memory of captured graphs: each value has a texture while it is needed, out of one arena for all graphs.

A texture may hold anything that fits into its corner. The largest values find their textures first (Pisarchyk
and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020: greedy by size).
"""

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from weakref import WeakSet

from glbackend.backends.webgl.captured.recorder import Cell, Drawn, Size
from glbackend.backends.webgl.gl.pool import Texture, TexturePool

MOST_LINES = 4096  # of a buffer, which the pool knows by width and height as it knows textures
SMALL_TEXELS = 4096  # what is smaller saves nothing worth a program of its own


class Slot(NamedTuple):
    """The n-th texture of a graph; `exact`: its size must be this one, else at least this."""

    number: int
    size: Size
    exact: bool


def slots_of(draws: Sequence[Drawn], buffer_step: int = 0) -> dict[Cell, Slot]:
    """A slot for each cell that is not fresh, so that no two cells that are needed at a time share one.

    Where textures may show buffers from any multiple of `buffer_step` texels on, all buffers share one slot,
    each from the texel `start` of its cell on. Sets `first` and `last` of all cells: copies before draw n are
    made at 2 n, the draw at 2 n + 1. Of cells of one size the one needed last finds its place first.
    """
    cells: dict[Cell, None] = {}
    for number, drawn in enumerate(draws):
        copied = [one for copy in drawn.copies for one in (copy.source, copy.buffer)]
        for time, met in ((2 * number, copied), (2 * number + 1, [*drawn.targets, *drawn.reads.values()])):
            for cell in met:  # one of no element is read only
                if isinstance(cell, Cell):
                    cell.first = time if cell not in cells else cell.first
                    cell.last = time
                    cells[cell] = None
        for cell in drawn.targets:  # the textures of a framebuffer have one size
            cell.exact = cell.exact or len(drawn.targets) > 1 or texels(cell.size) < SMALL_TEXELS
    ours = [cell for cell in cells if not cell.fresh]
    ours.sort(key=lambda one: (-texels(one.size), -one.last))
    buffers = [cell for cell in ours if buffer_step and cell.size[2] == "b4"]
    slots = dict.fromkeys(buffers, Slot(0, _in_a_row(buffers, buffer_step), False))
    places: dict[Cell, _Place] = {}
    made: list[_Place] = []
    for cell in [cell for cell in ours if cell not in slots]:
        free = [place for place in made if place.may_hold(cell)]
        place = min(free, key=lambda one: one.cost(cell.size), default=None)
        if place is None or place.cost(cell.size)[0] >= texels(cell.size):
            place = _Place(cell.size, len(made) + 1)
            made.append(place)
        place.hold(cell)
        places[cell] = place
    return slots | {cell: Slot(place.number, place.size, place.exact) for cell, place in places.items()}


def _in_a_row(buffers: Sequence[Cell], step: int) -> Size:
    """Gives each buffer, the largest first, the least `start` where no other one lies in its time.

    Returns the size of one for all.
    """
    end, width = 0, 128
    met: dict[int, list[Cell]] = defaultdict(list)  # by time: the buffers that have their place then
    for cell in buffers:
        times = range(cell.first, cell.last + 1)
        cell.start = 0
        for one in sorted({one for time in times for one in met[time]}, key=lambda one: one.start):
            if cell.start + texels(cell.size) <= one.start:
                break
            cell.start = max(cell.start, -(-(one.start + texels(one.size)) // step) * step)
        for time in times:
            met[time].append(cell)
        end = max(end, cell.start + texels(cell.size))
    while -(-end // width) > MOST_LINES:
        width *= 2
    return width, -(-end // width), "b4", 1


def texels(size: Size) -> int:
    """How many texels a texture of a size has, in all layers."""
    width, height, _, layers = size
    return width * height * layers


class _Place:
    """What becomes a slot: it grows with what it is used for."""

    def __init__(self, size: Size, number: int) -> None:
        self.size = size
        self.number = number
        self.exact = False
        self._times: list[tuple[int, int]] = []  # first and last draw of each cell, in order

    def may_hold(self, cell: Cell) -> bool:
        """Whether a cell may stand here: of the kind, of the size where that matters, and in its time."""
        if cell.size[2] != self.size[2] or (cell.size != self.size and (cell.exact or self.exact)):
            return False
        at = bisect(self._times, (cell.first, cell.last))
        after_the_one_before = at == 0 or self._times[at - 1][1] < cell.first
        return after_the_one_before and (at == len(self._times) or cell.last < self._times[at][0])

    def cost(self, size: Size) -> tuple[int, bool, int]:
        """By how much it grows for a size, whether that is another one than it has, what is left unused."""
        grown = texels(_union(self.size, size))
        return grown - texels(self.size), self.size != size, grown - texels(size)

    def hold(self, cell: Cell) -> None:
        """Has the cell stand here."""
        self.size = _union(self.size, cell.size)
        self.exact = self.exact or cell.exact
        self._times.insert(bisect(self._times, (cell.first, cell.last)), (cell.first, cell.last))


def _union(one: Size, other: Size) -> Size:
    """The smallest size that holds both: of buffers, which have no corner, the larger one."""
    if one[2] == "b4":
        return max(one, other, key=texels)
    return max(one[0], other[0]), max(one[1], other[1]), one[2], max(one[3], other[3])


class Held:
    """A texture of the arena. With the last plan that holds it goes back to the pool: a texture itself lives
    on there, so that weak references to it would not end.
    """

    __slots__ = ("__weakref__", "size", "texture")

    def __init__(self, size: Size, texture: Texture) -> None:
        self.size = size
        self.texture = texture


class Arena:
    """The textures of all plans of a context, each of which uses them while it runs."""

    def __init__(self, pool: TexturePool) -> None:
        self._pool = pool
        self._held: WeakSet[Held] = WeakSet()
        self._plans: WeakSet[Any] = WeakSet()
        pool.under_pressure = self.let_go

    def hold(self, plan: Any, slots: Iterable[Slot]) -> dict[Slot, Held]:
        """Textures for these slots, for `plan`, which lets go of them when its `unbind` is called.

        What other plans hold comes first. Where textures have to be made, the others look for theirs anew in
        their next runs, as larger ones may serve them.
        """
        self._plans.add(plan)
        others = [one for one in self._plans if one is not plan]
        shared = {id(held) for one in others for held in one.held}
        found: dict[Slot, Held] = {}
        made = False
        for slot in sorted(slots, key=lambda one: -texels(one.size)):
            used = set(found.values())  # all that is held here, so that `take` has what other plans let go
            fitting = [one for one in self._held if one not in used and _fits(slot, one.size)]
            held = min(fitting, key=lambda one: (id(one) not in shared, texels(one.size)), default=None)
            if held is None:
                width, height, kind, layers = slot.size
                texture = self._pool.take(width, height, kind, "a captured graph", layers, exact=True)
                held, made = Held(slot.size, texture), True
                self._held.add(held)
            found[slot] = held
        for one in others if made else ():
            one.bind_anew()
        return found

    def let_go(self) -> None:
        """Memory is short: plans that are not running give back what they hold, and find it again later."""
        for plan in list(self._plans):
            plan.unbind()


def _fits(slot: Slot, held: Size) -> bool:
    """Whether a texture of a size can be this slot."""
    if slot.exact or slot.size[2] != held[2]:
        return slot.size == held
    return _union(slot.size, held) == held
