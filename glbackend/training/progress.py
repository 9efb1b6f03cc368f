"""What fit shows while it runs: a bar (rich, where installed), a line an epoch, or nothing."""

import sys
import time
from typing import Any

import numpy as np

from glbackend.training.callback import Logs


def shown(logs: Logs) -> str:
    """The values by name, in a line."""
    return "  ".join(f"{name} {number_shown(value, '.4f')}" for name, value in logs.items())


def number_shown(value: Any, digits: str = ".4g") -> str:
    """A number, or the several of a metric that gives one for each class."""
    if isinstance(value, float | int):
        return f"{value:{digits}}"
    return np.array2string(np.asarray(value), precision=4, separator=", ", threshold=6).replace("\n", "")


class Silent:
    """verbose=0."""

    def epoch(self, epoch: int, epochs: int, steps: int | None) -> None:
        """A new epoch begins, of so many steps, None where that isn't known."""

    def batch(self, done: int, logs: Logs | None) -> None:
        """So many steps are done; `logs` where they are known."""

    def end_epoch(self, logs: Logs) -> None:
        """The epoch is over."""

    def close(self) -> None:
        """Training is over, or broken off."""


class Lines(Silent):
    """verbose=2, and verbose=1 without rich or a terminal: one line an epoch."""

    def epoch(self, epoch: int, epochs: int, steps: int | None) -> None:
        self._title = f"Epoch {epoch + 1}/{epochs}"
        self._start = time.perf_counter()

    def end_epoch(self, logs: Logs) -> None:
        print(f"{self._title}  {time.perf_counter() - self._start:.1f} s  {shown(logs)}", flush=True)


class Bar(Silent):
    """verbose=1 on a terminal: a live bar an epoch."""

    def __init__(self, rich_progress: Any) -> None:
        self._progress = rich_progress.Progress(
            rich_progress.TextColumn("{task.description}"),
            rich_progress.BarColumn(),
            rich_progress.MofNCompleteColumn(),
            rich_progress.TimeElapsedColumn(),
            rich_progress.TextColumn("{task.fields[numbers]}"),
        )
        self._progress.start()

    def epoch(self, epoch: int, epochs: int, steps: int | None) -> None:
        self._task = self._progress.add_task(f"Epoch {epoch + 1}/{epochs}", total=steps, numbers="")

    def batch(self, done: int, logs: Logs | None) -> None:
        fields = {} if logs is None else {"numbers": shown(logs)}
        self._progress.update(self._task, completed=done, **fields)

    def end_epoch(self, logs: Logs) -> None:
        self._progress.update(self._task, numbers=shown(logs))

    def close(self) -> None:
        self._progress.stop()


def progress(verbose: int) -> Silent:
    """The display for fit's `verbose`: 0 nothing, 1 a bar, 2 a line an epoch."""
    if not verbose:
        return Silent()
    if verbose == 1 and (sys.stdout.isatty() or "ipykernel" in sys.modules):  # a terminal or a notebook
        try:
            import rich.progress as rich_progress  # noqa: PLC0415 - an optional extra

            return Bar(rich_progress)
        except ImportError:
            pass
    return Lines()
