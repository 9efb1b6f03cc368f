"""Iterators that hold what must be given back: threads, files, devices."""

from types import TracebackType
from typing import Any, Self


class Closing:
    """An iterator that is ended where its `with` block is left."""

    def __iter__(self) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        """Gives back what is held."""
        raise NotImplementedError


class Device(Closing):
    """A camera or a microphone, or a file in its place, which gives its pieces one by one."""

    def __init__(self, release: Any) -> None:
        self._release = release
        self._closed = False

    def __next__(self) -> Any:
        piece = self.capture()
        if piece is None:
            raise StopIteration
        return piece

    def capture(self) -> Any:
        """The next piece, None after the last one."""
        raise NotImplementedError

    def _end(self) -> None:
        if not self._closed:
            self._closed = True
            self._release()
