"""The stages that remember: in memory, or in a file that other processes read too."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.nested import map_leaves
from glbackend.data.records import Writer, count_records, read_records
from glbackend.data.stage import Stage


class MemoryCache(Stage):
    """Remembers the elements of the first whole pass; arrays are given read-only, as they are shared."""

    def __init__(self, source: Stage) -> None:
        super().__init__(source, size=source.size, spec=source.spec)
        self.kept: list[Any] | None = None
        self.origin: list[Any] = []  # the order of the pass that was kept
        self.refuse_augmented("cache")

    def run(self) -> Iterator[Any]:
        return map(_shared, self.kept) if self.kept is not None else self._first()

    def _first(self) -> Iterator[Any]:
        origin, found = super().state(), []
        for element in self.sources[0].run():
            found.append(element)
            yield _shared(element)
        self.kept, self.origin, self.size = found, origin, len(found)

    def state(self) -> list[Any]:
        return self.origin if self.kept is not None else super().state()

    def restore(self, state: Any) -> None:
        if self.kept is None or state != self.origin:
            self.kept = None
            super().restore(state)


def _shared(element: Any) -> Any:
    """The element with read-only views of its arrays, in lists and dicts of its own."""
    return map_leaves(np.ndarray, _read_only, element)


def _read_only(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    view = array.view()
    view.flags.writeable = False
    return view


class FileCache(Stage):
    """Writes the elements of a whole pass to a file, and reads them from it when it is there."""

    def __init__(self, source: Stage, path: Path) -> None:
        size = count_records(path) if path.is_file() else source.size
        super().__init__(source, size=size, spec=source.spec)
        self.path = path
        self.refuse_augmented("cache")

    def run(self) -> Iterator[Any]:
        return read_records(self.path) if self.path.is_file() else self._first()

    def _first(self) -> Iterator[Any]:
        writer = Writer(self.path)
        try:
            for element in self.sources[0].run():
                writer.add(element)
                yield element
            writer.finish()
            self.size = writer.count
        finally:
            writer.discard()
