"""The engine: the choice of the backend, and `run_kernel` on it.

One engine a process; scopes and tapes belong to threads.
"""

import threading
from typing import Any

from glbackend.base.calling import checked
from glbackend.base.shapes import Spec
from glbackend.engine.backend import Backend, best_backend, make_backend
from glbackend.engine.run import run_kernel
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor


class Engine:
    """Runs kernels on the chosen backend and records them on the active tapes."""

    def __init__(self) -> None:
        self._backend: Backend | None = None
        self._lock = threading.Lock()

    @property
    def backend(self) -> Backend:
        """The chosen backend; the best available where none was chosen."""
        if self._backend is None:
            with self._lock:
                if self._backend is None:
                    self._backend = best_backend()
        return self._backend

    def set_backend(self, name: str) -> None:
        """Chooses the backend for all threads; data moves there when it is next used."""
        self._backend = make_backend(name)

    def use(self, backend: Backend | None) -> Backend | None:
        """Chooses a backend object (an adopted context's, a test's); gives the one before, None for none."""
        before, self._backend = self._backend, backend
        return before

    run_kernel = run_kernel


_engine = Engine()


def engine() -> Engine:
    """The process's engine."""
    return _engine


@checked
def set_backend(name: str, *, route_failed: bool = False) -> None:
    """Chooses the backend: "webgl" or "cpu". As `tf.setBackend`.

    With `route_failed` the kernels that `python -m glbackend check` found wrong on this driver run on cpu.
    Raises BackendError where it cannot work here, with the reason; the choice stays as it was.

    >>> set_backend("cpu"); get_backend()
    'cpu'
    """
    _engine.set_backend(name)
    if route_failed:
        _engine.backend.route_failed()


def get_backend() -> str:
    """The name of the chosen backend; chooses the best there is where none was. As `tf.getBackend`."""
    return _engine.backend.name


def make_tensor(array: Any, spec: Spec) -> Tensor:
    """A tensor over a host array (not copied); its upload happens when a kernel first reads it."""
    return Tensor(Handle.of(array, spec))
