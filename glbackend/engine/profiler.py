"""The listener behind `profile`: which kernels ran, and for how long."""

import time as clock
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NamedTuple, Protocol

from glbackend.engine.backend import Backend
from glbackend.engine.storage import Handle, live_bytes


class KernelRun(NamedTuple):
    """One kernel that ran under `profile`."""

    name: str
    milliseconds: float
    input_shapes: list[Any]
    output_shapes: list[Any]
    bytes_added: int


class Listener(Protocol):
    """What is told of every kernel."""

    def measure(self, kernel: str, run: Callable[[], Any], handles: Any) -> Any:
        """Calls `run`, which computes one kernel on `handles`, and gives its result back."""
        ...


class Profiler:
    """Collects kernel runs; every kernel is waited for, so that its time is its own."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.runs: list[KernelRun] = []
        self.peak = total_bytes()

    def measure(self, kernel: str, run: Callable[[], Any], handles: Any) -> Any:
        """Runs one kernel and notes it."""
        self.backend.synchronize()
        before = total_bytes()
        start = clock.perf_counter()
        result = run()
        self.backend.synchronize()
        took = (clock.perf_counter() - start) * 1e3
        outputs = result if isinstance(result, tuple) else (result,)
        self.runs.append(
            KernelRun(kernel, took, _shapes(handles), [out.shape for out in outputs], total_bytes() - before)
        )
        self.peak = max(self.peak, total_bytes())
        return result


profilers: ContextVar[tuple[Listener, ...]] = ContextVar("glbackend_profilers", default=())


def _shapes(handles: Any) -> list[Any]:
    values = handles.values() if isinstance(handles, dict) else handles
    return [value.shape if isinstance(value, Handle) else [one.shape for one in value] for value in values]


def total_bytes() -> int:
    """Bytes of logical data in all live storages."""
    return sum(live_bytes())
