"""What fit shows while it runs: a bar (rich's or, in a notebook, HTML), a line an epoch, or nothing."""

import importlib
import sys
import time
from contextlib import suppress
from html import escape
from typing import Any

import numpy as np

from glbackend.training.callback import Logs

SHOWN_EPOCHS = 10  # in a notebook
PAUSE = 0.1  # seconds between two drawings there


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


class Cell(Silent):
    """verbose=1 in a notebook: the latest epochs and a bar of HTML; rich's would need ipywidgets there."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._lines: list[str] = []
        self._drawn = 0.0
        self._handle = display.display(display.HTML(""), display_id=True)

    def epoch(self, epoch: int, epochs: int, steps: int | None) -> None:
        self._title, self._steps = f"Epoch {epoch + 1}/{epochs}", steps
        self._start, self._numbers = time.perf_counter(), ""
        self._draw(0)

    def batch(self, done: int, logs: Logs | None) -> None:
        if logs is not None:
            self._numbers = shown(logs)
        if time.perf_counter() - self._drawn > PAUSE:
            self._draw(done)

    def end_epoch(self, logs: Logs) -> None:
        self._lines.append(f"{self._title}  {time.perf_counter() - self._start:.1f} s  {shown(logs)}")
        self._draw(None)

    def close(self) -> None:
        self._draw(None)

    def _draw(self, done: int | None) -> None:
        """The page of now; without a bar where no epoch is under way."""
        ends = "" if self._steps is None else f' value="{done}" max="{self._steps}"'
        bar = f"<div>{self._title} <progress{ends}></progress> {escape(self._numbers)}</div>"
        lines = "\n".join(self._lines[-SHOWN_EPOCHS:])
        self._handle.update(self._display.HTML(f"<pre>{escape(lines)}</pre>{'' if done is None else bar}"))
        self._drawn = time.perf_counter()


def progress(verbose: int) -> Silent:
    """The display for fit's `verbose`: 0 nothing, 1 a bar, 2 a line an epoch."""
    if not verbose:
        return Silent()
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if verbose == 1 and hasattr(shell, "kernel"):
        return Cell(importlib.import_module("IPython.display"))
    if verbose == 1 and sys.stdout.isatty():
        with suppress(ImportError):  # an optional extra
            return Bar(importlib.import_module("rich.progress"))
    return Lines()
