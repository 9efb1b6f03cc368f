"""How long the GPU itself works: timer queries, believed only where they can be true."""

import time
from collections.abc import Callable
from typing import Any

import moderngl

from glbackend.backends.webgl.gl.context import Context

LONGEST = 0xFFFFFFFF / 1e6  # ms: moderngl reads 32 bits of the nanoseconds


class Timer:
    """Timer queries of one context. The first one is thrown away: drivers have been seen to give garbage."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._query: moderngl.Query | None = None
        self._measuring = False  # a query within a query is an error
        self.distrusted = ""  # why this driver's queries are not asked
        if context.renderer.startswith("llvmpipe"):
            self.distrusted = "llvmpipe's timer queries are wrong: their start is taken anew in each tile"

    def measure(self, run: Callable[[], Any]) -> float | None:
        """Milliseconds on the GPU for `run()`.

        None within another measurement, and where the driver gives nothing, more than the time that passed,
        or no more than a part: llvmpipe takes the start anew in each tile of 64 x 64, and moderngl drops what
        is over 4.29 s.
        """
        gl = self.context.gl
        with self.context:
            if self.distrusted or self._measuring:
                run()
                return None
            if self._query is None:
                self._query = gl.query(time=True)
                with self._query:
                    gl.finish()
                _ = self._query.elapsed
            gl.finish()
            start = time.perf_counter()
            self._measuring = True
            try:
                with self._query:
                    run()
            finally:
                self._measuring = False
            gl.finish()
            passed = (time.perf_counter() - start) * 1e3
            measured = float(self._query.elapsed) / 1e6
            self.context.error()  # a driver that refuses the query has said so above: None
        return measured if passed < LONGEST and 0 < measured <= passed * 1.05 + 0.05 else None
