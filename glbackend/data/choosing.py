"""Stages that give elements as they are: some of them, several times, in another order, beside others."""

import math
import random
from collections.abc import Iterator
from itertools import count, islice
from typing import Any

from glbackend.base.counts import MOST_STEPS
from glbackend.base.nested import leaves, map_leaves
from glbackend.data.ahead import prefetched
from glbackend.data.element import as_floats
from glbackend.data.grouping import Batch
from glbackend.data.stage import Order, Size, Stage, times


class Same(Stage):
    """A stage that gives elements of its source as they are."""

    def __init__(self, source: Stage, size: Size) -> None:
        super().__init__(source, size=size, spec=source.spec)
        self.fresh = source.fresh


class Take(Same):
    """The first elements; all for a negative count."""

    def __init__(self, source: Stage, taken: int) -> None:
        size = source.size
        # differs from TF.js: take(-1) has the size of its source, there the size is -1
        if taken >= 0:
            size = None if size is None and taken else min(size or 0, taken)
        super().__init__(source, size)
        self.taken = taken

    def run(self) -> Iterator[Any]:
        return islice(self.sources[0].run(), min(self.taken, MOST_STEPS) if self.taken >= 0 else None)


class Skip(Same):
    """All but the first elements; none for a negative count."""

    def __init__(self, source: Stage, skipped: int) -> None:
        size = source.size
        # differs from TF.js: skip(-1) gives nothing, as documented there, where it gives all
        if skipped < 0:
            size = 0
        elif size is not None:
            size = max(size - skipped, 0)
        super().__init__(source, size)
        self.skipped = skipped

    def run(self) -> Iterator[Any]:
        skipped = min(self.skipped, MOST_STEPS)
        return islice(self.sources[0].run(), skipped, None) if skipped >= 0 else iter(())


class Repeat(Same):
    """So many passes, one after the other; a negative count means without end."""

    def __init__(self, source: Stage, passes: int) -> None:
        super().__init__(source, times(source.size, passes))
        self.passes = passes

    def run(self) -> Iterator[Any]:
        for _ in count() if self.passes < 0 else range(self.passes):
            empty = True
            for one in self.sources[0].run():
                empty = False
                yield one
            if empty:
                return  # and would be for ever


class Concatenate(Stage):
    """The elements of one stage, then those of the next."""

    def __init__(self, *sources: Stage) -> None:
        size: Size = 0
        for one in sources:
            endless = math.inf in (size, one.size)
            size = math.inf if endless else None if None in (size, one.size) else size + one.size  # type: ignore[operator]
        spec = sources[0].spec if all(one.spec == sources[0].spec for one in sources) else None
        super().__init__(*sources, size=size, spec=spec)

    def run(self) -> Iterator[Any]:
        for one in self.sources:
            yield from one.run()


class Zip(Stage):
    """Elements of several stages side by side, in a structure of dicts and tuples; as many as the fewest."""

    def __init__(self, structure: Any) -> None:
        sources = tuple(leaves(Stage, structure))
        sizes = [one.size for one in sources]
        known = [one for one in sizes if one is not None]
        size = None if None in sizes and 0 not in known else min(known, default=0)
        spec = None
        if all(one.spec is not None for one in sources):
            spec = map_leaves(Stage, lambda one: one.spec, structure)
        super().__init__(*sources, size=size, spec=spec)
        self.structure = structure

    def run(self) -> Iterator[Any]:
        for elements in zip(*(one.run() for one in self.sources), strict=False):
            left = iter(elements)
            yield map_leaves(Stage, lambda _, left=left: next(left), self.structure)  # type: ignore[misc]


class Shard(Same):
    """Every n-th element, from a given one on."""

    def __init__(self, source: Stage, shards: int, index: int) -> None:
        size = source.size
        if size is not None and size != math.inf:
            size = max(0, -(-(int(size) - index) // shards))
        super().__init__(source, size)
        self.shards, self.index = shards, index

    def run(self) -> Iterator[Any]:
        return islice(self.sources[0].run(), self.index, None, self.shards)


class Shuffle(Same):
    """The elements in an order of chance: each is drawn from the next `held` ones."""

    def __init__(self, source: Stage, held: int, order: Order) -> None:
        super().__init__(source, source.size)
        self.held = held
        self.order = order

    def run(self) -> Iterator[Any]:
        assert self.order is not None
        return self._drawn(random.Random(self.order.begin()).random)

    def _drawn(self, draw: Any) -> Iterator[Any]:
        elements = self.sources[0].run()
        held = list(islice(elements, self.held))
        for one in elements:
            i = int(draw() * len(held))
            yield held[i]
            held[i] = one
        while held:
            i = int(draw() * len(held))
            held[i], held[-1] = held[-1], held[i]
            yield held.pop()


class Prefetch(Same):
    """The same elements, some of them made beforehand by a thread."""

    def __init__(self, source: Stage, elements: int) -> None:
        super().__init__(source, source.size)
        self.elements = elements

    def run(self) -> Iterator[Any]:
        source = self.sources[0]
        if not self.elements:
            return source.run()
        if (
            isinstance(source, Batch) and source.widened
        ):  # as bytes: floats made on a thread take fresh memory
            return map(as_floats, prefetched(source.narrow(), self.elements))
        return prefetched(source.run(), self.elements)
