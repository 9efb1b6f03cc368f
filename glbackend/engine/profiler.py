"""Who listens to kernels, to captured graphs, and to what a backend does for them."""

from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any, Protocol

from glbackend.engine.storage import live_bytes


class Listener(Protocol):
    """What is told of every kernel that runs.

    `interprets`: whether it wants to see the kernels of captured functions, too: these then run one by one.
    Otherwise a captured graph is told of as one kernel by the name of "Graph".
    """

    interprets: bool

    def measure(self, kernel: str, run: Callable[[], Any], handles: Any) -> Any:
        """Calls `run`, which computes one kernel on `handles`, and gives its result back."""
        ...


class Watcher(Protocol):
    """What is told, below the kernels, of each draw, compilation and transfer of a backend."""

    def drew(self, shader: str, kernel: str, bytes_read: int, bytes_written: int) -> None:
        """A pass was drawn for a kernel, which may be one of a captured graph.

        `bytes_read`: of the textures that it reads from. `bytes_written`: of the texels it writes.
        """
        ...

    def compiled(self, shader: str, began: float, seconds: float) -> None:
        """A program was compiled, `seconds` long from `began` (of `time.perf_counter`)."""
        ...

    def moved(self, what: str, nbytes: int, began: float, seconds: float) -> None:
        """Data went to the device ("upload") or came back ("read-back")."""
        ...


profilers: ContextVar[tuple[Listener, ...]] = ContextVar("glbackend_profilers", default=())


def interpreting() -> bool:
    """Whether somebody wants captured functions to run kernel by kernel."""
    found = profilers.get()
    return bool(found) and any(one.interprets for one in found)


def measured(kernel: str, run: Callable[[], Any], handles: Any) -> Any:
    """What `run` gives, with all who listen told."""
    for one in profilers.get():
        run = partial(one.measure, kernel, run, handles)
    return run()


def total_bytes() -> int:
    """Bytes of logical data in all live storages."""
    return sum(live_bytes())
