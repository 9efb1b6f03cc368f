"""A bar for loops of one's own, as Keras draws it."""

import sys
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from glbackend.base.calling import Explained
from glbackend.base.errors import ArgumentError


class Progbar(metaclass=Explained):
    """Shows how far a loop is, and means of what it gives. As Keras's `utils.Progbar`.

    `target`: steps in all, None where that is not known.
    `width`: of the bar, in characters.
    `verbose`: 1 for a bar, 2 for a line at the end, 0 for nothing.
    `interval`: seconds between two drawings, at least.
    `stateful_metrics`: names whose values are shown as they are; of others the mean is.
    `stateless_metrics`: in its place the names of which the mean is shown.
    `unit_name`: what a step is called.

    >>> bar = Progbar(2, verbose=0)
    >>> bar.update(1, [("loss", 3.0)])
    >>> bar.add(1, [("loss", 1.0)])
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ArgumentError("Progbar: give one of stateful_metrics and stateless_metrics, not both")
        self.target, self.width, self.verbose, self.interval = target, width, verbose, interval
        self.unit_name = unit_name
        self.stateful_metrics = None if stateless_metrics is not None else set(stateful_metrics or ())
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        self._seen, self._drawn, self._wide = 0, 0.0, 0
        self._values: dict[str, tuple[float, int]] = {}  # sums, and of how many steps
        self._start = time.time()
        self._after_first: float | None = None

    def update(
        self, current: int, values: Iterable[tuple[str, Any]] | None = None, finalize: bool | None = None
    ) -> None:
        """So many steps are done.

        `current`: their number.
        `values`: pairs of a name and the value of the last steps.
        `finalize`: whether it is the last call, where values are whole means; by default whether all is done.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        steps = max(current - self._seen, 1)
        for name, given in values or ():
            value = float(np.mean(np.asarray(given)))
            own, means = self.stateful_metrics, self.stateless_metrics
            if finalize or (name in own if own is not None else name not in (means or ())):
                self._values[name] = value, 1
            else:
                total, count = self._values.get(name, (0.0, 0))
                self._values[name] = total + value * steps, count + steps
        self._seen, now = current, time.time()
        each = self._step_duration(current, now)
        if self.verbose == 1:
            if now - self._drawn < self.interval and not finalize:
                return
            sys.stdout.write(self._bar(current, now, each, finalize))
            sys.stdout.flush()
        elif self.verbose == 2 and finalize and self.target:
            done = f"{current:{len(str(self.target))}}/{self.target}"
            sys.stdout.write(f"{done} - {now - self._start:.0f}s -{self._rate(each)}{self._shown()}\n")
        self._drawn = now

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """`n` more steps are done; `values` as in `update`."""
        self.update(self._seen + n, values)

    def _bar(self, current: int, now: float, each: float, finalize: bool) -> str:
        """The line over the one before; the codes of its colours take no room."""
        codes = 8
        if self.target:
            done = int(self.width * (current / self.target))
            bar = f"\x1b[1m{current:{len(str(self.target))}}/{self.target}\x1b[0m "
            bar += f"\x1b[32m{'━' * done}\x1b[0m" * (done > 0) + f"\x1b[37m{'━' * (self.width - done)}\x1b[0m"
            codes += 17 + 9 * (done > 0)
        else:
            bar = f"{current:7}/Unknown"
        if self.target and not finalize:
            minutes, seconds = divmod(int(each * (self.target - current)), 60)
            left = f"{minutes}:{seconds:02}" if minutes else f"{seconds}s"
            if minutes >= 60:
                left = f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        else:
            left = f"{now - self._start:.0f}s"
        info = f" \x1b[1m{left}\x1b[0m{self._rate(each)}{self._shown()}"
        wide = len(bar) + len(info) - codes
        line = "\b" * self._wide + "\r" + bar + info + " " * (self._wide - wide) + "\n" * finalize
        self._wide = wide
        return line

    def _shown(self) -> str:
        means = {name: total / max(1, count) for name, (total, count) in self._values.items()}
        return "".join(
            f" - {name}: {mean:.4f}" if abs(mean) > 1e-3 else f" - {name}: {mean:.4e}"
            for name, mean in means.items()
        )

    def _rate(self, each: float) -> str:
        if each >= 1 or each == 0:
            return f" {each:.0f}s/{self.unit_name}"
        return (
            f" {each * 1e3:.0f}ms/{self.unit_name}"
            if each >= 1e-3
            else f" {each * 1e6:.0f}us/{self.unit_name}"
        )

    def _step_duration(self, current: int, now: float) -> float:
        """Seconds a step; the first one, which is no usual one, counts where there is no other."""
        if not current:
            return 0.0
        known = self._after_first is not None and current > 1
        each = (now - (self._after_first or 0.0)) / (current - 1) if known else (now - self._start) / current
        if current == 1:
            self._after_first = now
        return each
