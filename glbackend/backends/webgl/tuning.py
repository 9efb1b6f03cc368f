"""Tuning: how the dense kernels are drawn on this device for given shapes, found by trying; kept in a file.

A call of a dense kernel goes through `Tuning.run`, with a key that says all its way depends on. While tuning
is on, a key that comes for the first time has its call drawn in other ways; the fastest counts from then on,
if it beats the cost rule (plan/tiling.py) clearly. What the file says is tried again, too, before it is kept.
"""

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from glbackend.backends.webgl.plan.tiling import MAX_PARTS, Forced, forced, override
from glbackend.base import env
from glbackend.base.errors import GLMemoryError, ShaderError
from glbackend.engine.backend import Tuned
from glbackend.engine.storage import Handle

if TYPE_CHECKING:
    from glbackend.backends.webgl.backend import WebGL

Key = tuple[Any, ...]
RULE = Forced()
ROWS, PARTS, AXES = (1, 2, 3, 4, 6, 7, 8), (1, 2, 4, 8, 16, 32), (0, 1)
CLEARLY = 0.95  # of the rule's time: less of a gain may be noise
HOPELESS = 1.5  # times the best time so far
RTOL = 1e-4  # of results: sums of other orders lie well within it, wrong ones do not
ROUNDS, FINAL_ROUNDS = 3, 7
BLOCK_SECONDS, MOST_CALLS = 2e-3, 16  # a time is that of so many calls


class Tuning:
    """The choices of a backend, and the search for them."""

    def __init__(self, webgl: "WebGL") -> None:
        self._webgl = webgl
        self._known: dict[str, Forced] | None = None  # by the key as text; None: not read yet
        self._tried: set[str] = set()
        self._active = env.flag("TUNE")
        self._found: list[Tuned] = []
        self.version = 0  # grows with each change: draws recorded before are to be recorded anew

    def run(self, key: Key, draw: Callable[[], Handle]) -> Handle:
        """`draw()`, in the way that is known to be best."""
        known = self._load() if self._known is None else self._known
        if not (known or self._active) or override() != RULE:
            return draw()
        name = json.dumps(key)
        if self._active and name not in self._tried:
            self._try(name, draw)
        choice = known.get(name)
        if choice is None:
            return draw()
        self._webgl.dearer_ways += 1
        with forced(*choice):
            return draw()

    @contextmanager
    def on(self) -> Iterator[list[Tuned]]:
        """Within it the list grows by what is tried."""
        before = self._active, self._tried, self._found
        self._active, self._tried, self._found = True, set(), []
        try:
            yield self._found
        finally:
            self._active, self._tried, self._found = before

    # -- the search ----------------------------------------------------------------------------------------

    def _try(self, name: str, draw: Callable[[], Handle]) -> None:
        """Sets the choice for a key: one thing after the other, each from the best so far."""
        known, (kernel, *shapes) = self._load(), json.loads(name)
        self._tried.add(name)
        with self._webgl.unheard():
            stored = known.get(name, RULE)
            calls = self._calls(draw)
            times = {RULE: self._seconds(draw, RULE, calls), stored: self._seconds(draw, stored, calls)}
            for field, values in self._fields(kernel):
                best = min(times, key=lambda way: times[way])
                for value in values:
                    way = best._replace(**{field: value})
                    if way not in times:
                        times[way] = self._seconds(draw, way, calls, hopeless=HOPELESS * times[best])
            best = min(times, key=lambda way: times[way])
            rule, chosen = self._against_the_rule(draw, best, calls)
            wins = best != RULE and chosen <= CLEARLY * rule and _agrees(draw, best)
        if not wins:
            best, chosen = RULE, rule
        if best != stored:
            known.pop(name, None)
            if best != RULE:
                known[name] = best
            self.version += 1
            self._save(name, known.get(name))
        self._found.append(Tuned(kernel, str(shapes), rule * 1e3, chosen * 1e3, said(best)))

    def _fields(self, kernel: str) -> Iterator[tuple[str, Sequence[Any]]]:
        yield "rows", ROWS
        yield "parts", PARTS
        if kernel == "conv2d":
            yield "axis", AXES
        if self._webgl.context.max_buffer_texels:
            yield "buffers", (False, True)

    def _calls(self, draw: Callable[[], Handle]) -> int:
        """How many calls make a time that can be told."""
        self._seconds(draw, RULE, 1)  # compiles
        return max(1, min(MOST_CALLS, math.ceil(BLOCK_SECONDS / max(self._seconds(draw, RULE, 1), 1e-6))))

    def _seconds(
        self,
        draw: Callable[[], Handle],
        way: Forced,
        calls: int,
        rounds: int = ROUNDS,
        hopeless: float = math.inf,
    ) -> float:
        """The lowest time of a call; a `hopeless` one is not tried again.

        Infinite for a way that takes too much memory, or that the driver refuses.
        """
        least = math.inf
        with forced(*way), nullcontext() if way == RULE else suppress(GLMemoryError, ShaderError):
            draw()  # compiles
            for _ in range(rounds):
                least = min(least, self._block(draw, calls))
                if least > hopeless:
                    break
        return least

    def _against_the_rule(self, draw: Callable[[], Handle], way: Forced, calls: int) -> tuple[float, float]:
        """The lowest times of the rule's way and of another, in turns."""
        rule = chosen = math.inf
        for _ in range(FINAL_ROUNDS):
            rule = min(rule, self._seconds(draw, RULE, calls, 1))
            chosen = min(chosen, self._seconds(draw, way, calls, 1))
        return rule, chosen

    def _block(self, draw: Callable[[], Handle], calls: int) -> float:
        gl = self._webgl.context.gl
        clock = time.process_time if self._webgl.context.software else time.perf_counter
        gl.finish()
        start = clock()
        for _ in range(calls):
            draw()
        gl.finish()
        return (clock() - start) / calls

    # -- the file ------------------------------------------------------------------------------------------

    def _load(self) -> dict[str, Forced]:
        if self._known is None:
            self._known = dict(_read(self._webgl.context.file("tuned")))
        return self._known

    def _save(self, name: str, choice: Forced | None) -> None:
        """Changes one entry of the file, where another process may have written meanwhile."""
        path = self._webgl.context.file("tuned")
        entries = dict(_read(path))
        entries.pop(name, None)
        if choice is not None:
            entries[name] = choice
        written = {
            key: {k: v for k, v in way._asdict().items() if v is not None} for key, way in entries.items()
        }
        text = json.dumps({**self._webgl.context.describe(), "choices": written}, indent=1)
        with suppress(OSError):  # a read-only home: the choices hold for this process
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(f".{time.time_ns()}")
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)


def _agrees(draw: Callable[[], Handle], way: Forced) -> bool:
    """Whether a way gives what the rule gives, but for rounding: a driver may be quick and wrong."""
    wanted = draw().storage.values()
    with forced(*way):
        got = draw().storage.values()
    size = float(np.sqrt(np.mean(np.square(wanted, dtype=np.float64)))) if wanted.size else 0.0
    return np.allclose(got, wanted, RTOL, RTOL * size if math.isfinite(size) else 0.0, equal_nan=True)


def said(way: Forced) -> str:
    """A way of drawing in words."""
    words = [
        f"{name} {value}" for name, value in zip(way._fields[:3], way[:3], strict=True) if value is not None
    ]
    if way.buffers is not None:
        words.append("from buffers" if way.buffers else "from textures")
    return ", ".join(words) or "as the rule says"


def _read(path: Any) -> Iterator[tuple[str, Forced]]:
    """The entries of a file that make sense; none of a damaged one."""
    with suppress(OSError, ValueError, AttributeError, KeyError, TypeError):
        for name, fields in json.loads(path.read_text(encoding="utf-8"))["choices"].items():
            way = Forced(**fields)
            legal = (
                all(type(one) in (int, type(None)) for one in way[:3])
                and way.rows in (None, *range(1, 9))
                and way.parts in (None, *range(1, MAX_PARTS + 1))
                and way.axis in (None, *AXES)
                and type(way.buffers) in (bool, type(None))
            )
            if legal and way != RULE:
                yield name, way
