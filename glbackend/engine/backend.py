"""What the engine asks of a backend, and how one is chosen.

Backends are loaded by name on first use, so that importing glbackend imports no OpenGL.
"""

import importlib
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from glbackend.base import env
from glbackend.base.errors import ArgumentError, BackendError, warn_user
from glbackend.base.late import Late
from glbackend.contracts.contract import Checked
from glbackend.engine.profiler import Watcher
from glbackend.engine.storage import Handle, Owner

if TYPE_CHECKING:
    from glbackend.engine.graph import Graph

NAMES = ("webgl", "cpu")


class Plan(Protocol):
    """A graph made ready to run on a backend."""

    def __call__(self, given: Sequence[Handle], known: dict[Late, Any]) -> list[Handle]:
        """The graph's results for its `given`; `known` are the values of its late numbers."""
        ...

    def explain(self) -> list[str]:
        """What a run does, a line for each thing; complete after the first run."""
        ...


class Tuned(NamedTuple):
    """What tuning found for calls of a kernel with given shapes: milliseconds before and after, and how."""

    kernel: str
    shapes: str
    before: float
    after: float
    way: str


class Backend(Owner, Protocol):
    """A set of kernels and the memory they work on."""

    name: str
    passes_are_dear: bool  # a pass over data costs more than arithmetic: cheap rows are rather computed again

    def run(self, kernel: str, inputs: dict[str, Any] | list[Handle], checked: Checked) -> Any:
        """Runs a kernel on handles; returns a handle or a tuple of handles."""
        ...

    def plan(self, graph: "Graph") -> Plan:
        """The best way that the backend knows to run a graph again and again."""
        ...

    def tune(self, run: Callable[[], Any]) -> list[Tuned]:
        """Tries other ways of computing what `run()` needs, keeps the fastest, and tells of each."""
        ...

    def route_failed(self) -> None:
        """Computes elsewhere, from now on, the kernels that a self-check found wrong on this machine."""
        ...

    def synchronize(self) -> None:
        """Waits until everything asked of the device is done."""
        ...

    def watched_by(self, watcher: Watcher) -> AbstractContextManager[None]:
        """Within it `watcher` is told of each draw, compilation and transfer."""
        ...

    def timed_draws(self, run: Callable[[], Any]) -> tuple[Any, float | None]:
        """What `run()` gives, and the milliseconds that the GPU worked for its draws, for which it waits.

        None where nothing can tell; `no_gpu_time` then says why, as far as it is known.
        """
        ...

    def describe_device(self) -> str:
        """What computes, in a line."""
        ...

    @property
    def no_gpu_time(self) -> str:
        """Why `timed_draws` tells no time; "" where it does."""
        ...

    def num_programs(self) -> int:
        """Number of shader programs compiled so far."""
        ...

    def texels(self, x: Handle) -> Any:
        """What the texture of `x` holds, for pictures; None where tensors lie in none."""
        ...

    def memory(self) -> dict[str, int]:
        """Bytes that the backend holds, for `memory()`."""
        ...

    def num_data_ids(self) -> int:
        """Number of live storages."""
        ...


_lock = threading.RLock()
_made: dict[str, Backend] = {}


def make_backend(name: str) -> Backend:
    """The process's backend of that name, made on first use; BackendError where it cannot work here."""
    if name not in NAMES:
        raise ArgumentError(f"unknown backend {name!r}: use one of {', '.join(NAMES)}")
    with _lock:
        if name not in _made:
            _made[name] = load(name).open_backend()
        return _made[name]


def made_backend(name: str) -> Backend | None:
    """The process's backend of that name if it was made already; makes none."""
    return _made.get(name)


def adopted_backend(context: Any) -> Backend:
    """The webgl backend on an application's moderngl context: the process's one from now on."""
    with _lock:
        backend: Backend = load("webgl").adopt_backend(context, _made.get("webgl"))
        _made["webgl"] = backend
        return backend


def best_backend() -> Backend:
    """The backend of GLBACKEND_BACKEND; unset, webgl on a hardware GL context, else cpu with a warning that
    says why.
    """
    wanted = env.text("BACKEND")
    if wanted:
        return make_backend(wanted)
    with _lock:
        if "webgl" in _made:
            return _made["webgl"]
        try:
            backend: Backend = load("webgl").open_backend(accept_software=False)
        except BackendError as error:
            warn_user(f"glbackend computes on the cpu backend: {error}")
            return make_backend("cpu")
        _made["webgl"] = backend
        return backend


def load(name: str) -> Any:
    """The package of a backend; BackendError where it cannot be imported."""
    try:
        return importlib.import_module(f"glbackend.backends.{name}")
    except ImportError as error:
        raise BackendError(
            f"the {name} backend cannot be loaded ({error}): install what is missing"
        ) from error
