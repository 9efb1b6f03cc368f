"""One side of `python -m bench against`: a process with one checkout's library that runs what it is asked.

The bench is this checkout's on either side. Of the library it takes public names and what it finds on live
objects, never a module by its path: the two checkouts may keep their modules in different places.
"""

from __future__ import annotations

import gc
import importlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench import dispatch
from bench.cases import Case, draw_count, missing, prepare
from bench.checksum import WrongResult
from bench.timing import block

Answer = dict[str, Any]
MOST_CALLS = 4096  # of one block
IMPORT = "import glbackend, time; print(time.process_time())"
FOLDER = os.path.join(tempfile.gettempdir(), "glbackend-bench-bytecode")
BYTECODE = {
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONPYCACHEPREFIX": FOLDER,
}  # warm, whatever the environment says


class Worker:
    """Holds the case that was prepared last. Times are CPU time, of llvmpipe's threads as of ours."""

    def __init__(self, checkout: str, backend: str) -> None:
        self.checkout = checkout
        self.gl = _library(checkout)
        self.gl.set_backend(backend)
        self.held = ExitStack()
        self.run: Callable[[int], float] = lambda k: 0.0

    def about(self) -> Answer:
        """Gives what draws: the renderer, or the backend's name where it has no context."""
        backend = self.gl.engine().backend
        return {"renderer": getattr(getattr(backend, "context", None), "renderer", backend.name)}

    def prepare(self, case: Case, block_ms: float) -> Answer:
        """Makes the case ready and gives its result and about how many ms a call takes, or what it misses."""
        self.held.close()
        self.run = lambda k: 0.0
        gc.collect()
        values = None
        if case["op"] == "import":
            self.run = lambda k: _import_ms(self.checkout)
        elif case["op"] == "dispatch":
            call = dispatch.calls(self.gl)[case["kernel"]]
            self.held.enter_context(dispatch.without_drawing(self.gl))
            self.run = lambda k: _calls_ms(call, k)
        elif absent := missing(self.gl, case):
            return {"missing": absent}
        else:
            before = draw_count(self.gl)
            subject = prepare(self.gl, case)
            self.run = lambda k: block(subject.work, k, time.process_time)
            self.run(2)  # uploads, compiles
            values = subject.values()
            if hasattr(self.gl.engine().backend, "draw_count") and draw_count(self.gl) == before:
                raise WrongResult("no draw happened: nothing ran on the GPU")
        return {"ms": self._estimate(block_ms), "values": values}

    def block(self, k: int) -> Answer:
        """Gives the ms of CPU time that a call takes, over k calls.

        A quarter as many come first, untimed: the other side has just had the processor's caches.
        """
        if k >= 4:
            self.run(k // 4)
        return {"ms": self.run(k)}

    def _estimate(self, block_ms: float) -> float:
        k, ms = 1, self.run(1)
        while k * ms < block_ms / 4 and k < MOST_CALLS:
            k *= 4
            ms = self.run(k)
        return ms


def _library(checkout: str) -> Any:
    sys.path.insert(0, checkout)
    gl = importlib.import_module("glbackend")
    if not Path(str(gl.__file__)).is_relative_to(checkout):
        raise ImportError(f"glbackend came from {gl.__file__}, not from {checkout}")
    return gl


def _calls_ms(call: Callable[[], object], k: int) -> float:
    start = time.process_time()
    for _ in range(k):
        call()
    return (time.process_time() - start) * 1e3 / k


def _import_ms(checkout: str) -> float:
    """Gives the CPU time of a fresh process that imports the library, Python's own start included."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": checkout, **BYTECODE},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout) * 1e3


def serve(pipe: Connection, checkout: str, backend: str) -> None:
    """Answers requests (a method's name and its arguments) until the other end closes the pipe."""
    worker = Worker(checkout, backend)
    try:
        pipe.send(worker.about())
        while True:
            name, *arguments = pipe.recv()
            try:
                answer = getattr(worker, name)(*arguments)
            except Exception as error:  # one broken case must not hide the others
                answer = {"failed": f"{type(error).__name__}: {error}"}
            pipe.send(answer)
    except (EOFError, OSError):  # the other end has what it wanted, or has gone
        pass
    finally:
        worker.held.close()
