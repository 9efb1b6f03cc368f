"""Memory of captured graphs: each value has a texture while it is needed, out of one arena for all graphs."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from weakref import WeakSet, WeakValueDictionary

from glbackend.backends.webgl.captured.recorder import Cell, Drawn, Size
from glbackend.backends.webgl.gl.pool import Texture, TexturePool

Slot = tuple[Size, int]  # the n-th texture of a size


def slots_of(draws: Sequence[Drawn]) -> dict[Cell, Slot]:
    """A slot for each cell that is not fresh, so that no two cells that are needed at a time share one.

    Sets `first` and `last` of all cells.
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
    slots: dict[Cell, Slot] = {}
    free: dict[Size, list[int]] = defaultdict(list)
    made: dict[Size, int] = defaultdict(int)
    for number in range(len(draws)):
        for cell in begins[number]:
            if free[cell.size]:
                place = free[cell.size].pop()
            else:
                place = made[cell.size]
                made[cell.size] += 1
            slots[cell] = cell.size, place
        for cell in ends[number]:
            free[cell.size].append(slots[cell][1])
    return slots


class Arena:
    """The textures of all plans of a context: each slot is there once, as long as a plan uses it."""

    def __init__(self, pool: TexturePool) -> None:
        self._pool = pool
        self._textures: WeakValueDictionary[Slot, Texture] = WeakValueDictionary()
        self._plans: WeakSet[Any] = WeakSet()
        pool.under_pressure = self.let_go

    def textures(self, plan: Any, slots: Sequence[Slot]) -> dict[Slot, Texture]:
        """The textures of these slots, for `plan`, which lets go of them when its `unbind` is called."""
        self._plans.add(plan)
        found: dict[Slot, Texture] = {}
        for slot in slots:
            texture = self._textures.get(slot)
            if texture is None:
                width, height, kind, layers = slot[0]
                texture = self._pool.take(width, height, kind, "a captured graph", layers, exact=True)
                self._textures[slot] = texture
            found[slot] = texture
        return found

    def let_go(self) -> None:
        """Memory is short: plans that are not running give back what they hold, and find it again later."""
        for plan in list(self._plans):
            plan.unbind()
