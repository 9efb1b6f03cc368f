"""Memory of captured graphs: each value has a texture while it is needed, out of one arena for all graphs."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Any
from weakref import WeakSet, WeakValueDictionary

from glbackend.backends.webgl.captured.recorder import Cell, Drawn, Size
from glbackend.backends.webgl.gl.pool import Texture, TexturePool

Slot = tuple[Size, int]  # the n-th texture of a size


def slots_of(draws: Sequence[Drawn]) -> dict[Cell, Slot]:
    """A slot for each cell that is not fresh, so that no two cells that are needed at a time share one.

    Buffers and layers stand for lower ones, too. Sets `first` and `last` of all cells.
    """
    cells: dict[Cell, None] = {}
    for number, drawn in enumerate(draws):
        # one of no element is read only
        read = [source for source in drawn.sources() if isinstance(source, Cell)]
        for cell in (*drawn.targets, *read):
            cell.first = number if cell not in cells else cell.first
            cell.last = number
            cells[cell] = None
    ends: dict[int, list[Cell]] = defaultdict(list)
    begins: dict[int, list[Cell]] = defaultdict(list)
    for cell in cells:
        if not cell.fresh:
            begins[cell.first].append(cell)
            ends[cell.last].append(cell)
    places: dict[Cell, _Place] = {}
    free: dict[Hashable, list[_Place]] = defaultdict(list)
    made: dict[Hashable, int] = defaultdict(int)
    for number in range(len(draws)):
        for cell in begins[number]:
            kin = _kin(cell.size)
            if free[kin]:
                places[cell] = _take(free[kin], cell.size)
            else:
                places[cell] = _Place(cell.size, made[kin])
                made[kin] += 1
        for cell in ends[number]:
            free[_kin(cell.size)].append(places[cell])
    return {cell: (place.size, place.number) for cell, place in places.items()}


class _Place:
    """What becomes a slot: it grows with what it is used for."""

    def __init__(self, size: Size, number: int) -> None:
        self.size = size
        self.number = number


def _kin(size: Size) -> Hashable:
    """What textures have in common one of which can stand for a smaller one.

    Buffers and layers may be higher. Other textures may not: `x_here()` reads from inputs of the size of what
    is drawn.
    """
    width, _, kind, layers = size
    return (width, kind, layers) if kind in ("b4", "f4[]") else size


def _take(free: list[_Place], size: Size) -> _Place:
    """The smallest place that is large enough, or the largest one, which grows."""
    enough = [place for place in free if place.size[1] >= size[1]]
    place = min(enough, key=_height) if enough else max(free, key=_height)
    free.remove(place)
    place.size = max(place.size, size, key=lambda one: one[1])
    return place


def _height(place: _Place) -> int:
    return place.size[1]


class Held:
    """A texture of the arena. With the last plan that holds it goes back to the pool: a texture itself lives
    on there, so that weak references to it would not end.
    """

    __slots__ = ("__weakref__", "texture")

    def __init__(self, texture: Texture) -> None:
        self.texture = texture


class Arena:
    """The textures of all plans of a context: each slot is there once, as long as a plan uses it."""

    def __init__(self, pool: TexturePool) -> None:
        self._pool = pool
        self._held: WeakValueDictionary[Slot, Held] = WeakValueDictionary()
        self._plans: WeakSet[Any] = WeakSet()
        pool.under_pressure = self.let_go

    def hold(self, plan: Any, slots: Sequence[Slot]) -> dict[Slot, Held]:
        """The textures of these slots, for `plan`, which lets go of them when its `unbind` is called."""
        self._plans.add(plan)
        found: dict[Slot, Held] = {}
        for slot in slots:
            held = self._held.get(slot)
            if held is None:
                width, height, kind, layers = slot[0]
                held = Held(self._pool.take(width, height, kind, "a captured graph", layers, exact=True))
                self._held[slot] = held
            found[slot] = held
        return found

    def let_go(self) -> None:
        """Memory is short: plans that are not running give back what they hold, and find it again later."""
        for plan in list(self._plans):
            plan.unbind()
