"""`profile`, `time` and `memory`: what ran, how long it took, what it holds."""

import time as clock
from collections.abc import Callable
from typing import Any, NamedTuple

from glbackend.base.calling import checked
from glbackend.engine import scope
from glbackend.engine.engine import engine
from glbackend.engine.profiler import KernelRun, Profiler, profilers, total_bytes
from glbackend.engine.storage import live_bytes


class Profile(NamedTuple):
    """What a profiled function did: its result, the kernels it ran, tensors and bytes it left and held at
    most."""

    result: Any
    kernels: list[KernelRun]
    new_tensors: int
    new_bytes: int
    peak_bytes: int

    @property
    def kernel_names(self) -> list[str]:
        """Names of the kernels, each once, sorted."""
        return sorted({run.name for run in self.kernels})


class Timing(NamedTuple):
    """Milliseconds of the whole call, and the sum over its kernels (each waited for)."""

    result: Any
    wall_ms: float
    kernel_ms: float


@checked
def profile(function: Callable[[], Any]) -> Profile:
    """Runs `function` and gives its result together with every kernel that ran. As `tf.profile`.

    >>> import glbackend as gl
    >>> gl.profile(lambda: gl.tensor([1., 2.]).square()).kernel_names
    ['Square']
    """
    profiler = Profiler(engine().backend)
    tensors, data = len(scope.live_tensors), total_bytes()
    token = profilers.set((*profilers.get(), profiler))
    try:
        result = function()
    finally:
        profilers.reset(token)
    return Profile(
        result, profiler.runs, len(scope.live_tensors) - tensors, total_bytes() - data, profiler.peak - data
    )


@checked
def time(function: Callable[[], Any]) -> Timing:
    """Milliseconds that `function` takes, everything it started on the device included. As `tf.time`.

    >>> import glbackend as gl
    >>> gl.time(lambda: gl.tensor([1.]).square()).wall_ms > 0
    True
    """
    engine().backend.synchronize()
    start = clock.perf_counter()
    profiled = profile(function)
    engine().backend.synchronize()
    wall = (clock.perf_counter() - start) * 1e3
    return Timing(profiled.result, wall, sum(run.milliseconds for run in profiled.kernels))


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
