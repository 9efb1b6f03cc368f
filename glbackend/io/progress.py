"""What a fetch shows while it runs: a bar on a terminal where rich is installed, else nothing."""

import importlib
import sys
from contextlib import suppress
from typing import Any


class Silent:
    """Nothing is shown."""

    def __enter__(self) -> "Silent":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def expect(self, count: int | None) -> None:
        """So many bytes will come, None where that is not known."""

    def arrived(self, count: int) -> None:
        """So many more bytes are there; fewer than none where a file begins anew."""


class Bar(Silent):
    """A bar of bytes."""

    def __init__(self, rich_progress: Any, rich_console: Any, title: str) -> None:
        self._progress = rich_progress.Progress(
            rich_progress.TextColumn("{task.description}"),
            rich_progress.BarColumn(),
            rich_progress.DownloadColumn(),
            rich_progress.TransferSpeedColumn(),
            console=rich_console.Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task(title, total=None)

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def expect(self, count: int | None) -> None:
        self._progress.update(self._task, total=count)

    def arrived(self, count: int) -> None:
        self._progress.advance(self._task, count)


def bar(title: str) -> Silent:
    """The display of a fetch."""
    if sys.stderr is not None and sys.stderr.isatty():
        with suppress(ImportError):
            progress, console = map(importlib.import_module, ("rich.progress", "rich.console"))
            return Bar(progress, console, title)
    return Silent()
