"""How long the GPU itself works: timer queries, believed only where they can be true."""

import time
from collections.abc import Callable
from typing import Any

import moderngl

from glbackend.backends.webgl.gl.context import Context

LONGEST = 0xFFFFFFFF / 1e6  # ms: moderngl reads 32 bits of the nanoseconds


class Stopwatch:
    """GPU time of single draws, each by a query of its own.

    A query round several draws would count what the host does between them: the GPU waits meanwhile, and its
    clock runs on.
    """

    def __init__(self, context: Context, spare: list[moderngl.Query]) -> None:
        self._context = context
        self._spare = spare
        self._used: list[moderngl.Query] = []

    def around(self) -> moderngl.Query:
        """A query to be entered round a draw. Needs the context."""
        query = self._spare.pop() if self._spare else self._context.gl.query(time=True)
        self._used.append(query)
        return query

    def total_ms(self) -> float:
        """Milliseconds of all draws, for which it waits."""
        with self._context:
            total = sum(query.elapsed for query in self._used) / 1e6
            self._context.error()  # a driver that refuses queries has said so
        self._spare += self._used
        self._used = []
        return total


class Timer:
    """Timer queries of one context. The first one is thrown away: drivers have been seen to give garbage."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._query: moderngl.Query | None = None
        self._spare: list[moderngl.Query] = []
        self.distrusted = ""  # why this driver's queries are not asked
        if context.renderer.startswith("llvmpipe"):
            self.distrusted = "llvmpipe's timer queries are wrong: their start is taken anew in each tile"

    def stopwatch(self) -> Stopwatch:
        """A new one."""
        if not self._spare:  # the first query is thrown away
            watch = Stopwatch(self.context, self._spare)
            with self.context, watch.around():
                pass
            watch.total_ms()
        return Stopwatch(self.context, self._spare)

    def measure(self, run: Callable[[], Any]) -> float | None:
        """Milliseconds on the GPU for `run()`.

        None where the driver gives nothing, more than the time that passed, or no more than a part: llvmpipe
        takes the start anew in each tile of 64 x 64, and moderngl drops what is over 4.29 s.
        """
        gl = self.context.gl
        with self.context:
            if self.distrusted:
                run()
                return None
            if self._query is None:
                self._query = gl.query(time=True)
                with self._query:
                    gl.finish()
                _ = self._query.elapsed
            gl.finish()
            start = time.perf_counter()
            with self._query:
                run()
            gl.finish()
            passed = (time.perf_counter() - start) * 1e3
            measured = float(self._query.elapsed) / 1e6
            self.context.error()  # a driver that refuses the query has said so above: None
        return measured if passed < LONGEST and 0 < measured <= passed * 1.05 + 0.05 else None
