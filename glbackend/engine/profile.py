"""`time` and `memory`: how long something takes, what is alive."""

import time as clock
from collections.abc import Callable
from typing import Any, NamedTuple

from glbackend.base.calling import checked
from glbackend.engine import scope
from glbackend.engine.engine import engine
from glbackend.engine.profiler import profilers, total_bytes
from glbackend.engine.storage import live_bytes


class Timing(NamedTuple):
    """Milliseconds of the whole call, and the sum over its kernels (each waited for)."""

    result: Any
    wall_ms: float
    kernel_ms: float


class _Waiting:
    """Adds up the milliseconds of kernels, each waited for."""

    interprets = True
    total_ms = 0.0

    def measure(self, kernel: str, run: Callable[[], Any], handles: Any) -> Any:
        backend = engine().backend
        backend.synchronize()
        start = clock.perf_counter()
        result = run()
        backend.synchronize()
        self.total_ms += (clock.perf_counter() - start) * 1e3
        return result


@checked
def time(function: Callable[[], Any]) -> Timing:
    """Milliseconds that `function` takes, everything it started on the device included. As `tf.time`.

    >>> import glbackend as gl
    >>> gl.time(lambda: gl.tensor([1.]).square()).wall_ms > 0
    True
    """
    waiting = _Waiting()
    engine().backend.synchronize()
    start = clock.perf_counter()
    token = profilers.set((*profilers.get(), waiting))
    try:
        result = function()
    finally:
        profilers.reset(token)
    engine().backend.synchronize()
    return Timing(result, (clock.perf_counter() - start) * 1e3, waiting.total_ms)


def memory() -> dict[str, int]:
    """What is alive: `num_tensors`, `num_data_buffers`, `num_bytes` (logical); on webgl also
    `num_bytes_in_textures` and `num_bytes_free` (held by the texture pool for reuse). As `tf.memory`.

    >>> import glbackend as gl
    >>> x = gl.tensor([1., 2.])
    >>> gl.memory()["num_tensors"] > 0
    True
    """
    return {
        "num_tensors": len(scope.live_tensors),
        "num_data_buffers": len(live_bytes()),
        "num_bytes": total_bytes(),
        **engine().backend.memory(),
    }
