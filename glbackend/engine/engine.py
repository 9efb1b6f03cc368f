"""The engine: `run_kernel` and the choice of the backend.

One engine a process; scopes and tapes belong to threads.
"""

import threading
from collections.abc import Mapping
from typing import Any

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import check
from glbackend.engine import tape
from glbackend.engine.backend import Backend, best_backend, make_backend
from glbackend.engine.profiler import profilers
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

    def use(self, backend: Backend) -> None:
        """Chooses a backend object (an adopted context's, a test's)."""
        self._backend = backend

    def run_kernel(
        self, kernel: str, inputs: Mapping[str, Any] | list[Tensor], attrs: Mapping[str, Any] | None = None
    ) -> Any:
        """Runs a kernel by its TF.js name, as TF.js's `runKernel`.

        `inputs`: tensors by name in snake_case, absent or None where optional; or one list, for Concat, AddN,
        Pack and Einsum. `attrs`: TF.js's attrs in snake_case. Returns a tensor, or a tuple of tensors for
        kernels with several outputs. Raises KernelNotFoundError, and whatever the kernel's contract says of
        wrong input.

        >>> import glbackend as gl
        >>> gl.engine().run_kernel("Square", {"x": gl.tensor([3.])}).item()
        9.0
        """
        if isinstance(inputs, list):
            handles: Any = [_handle(value, kernel) for value in inputs]
            specs: Any = [handle.spec for handle in handles]
        else:
            handles, specs = {}, {}
            for name, value in inputs.items():
                if isinstance(value, list | tuple):
                    handles[name] = [_handle(one, kernel) for one in value]
                    specs[name] = tuple(handle.spec for handle in handles[name])
                elif value is not None:
                    handle = handles[name] = _handle(value, kernel)
                    specs[name] = handle.spec
        checked = check(kernel, specs, attrs or {})
        backend = self.backend
        if profilers.get():
            result = _profiled(backend, kernel, handles, checked)
        else:
            result = backend.run(kernel, handles, checked)
        outputs = [Tensor(handle) for handle in (result if isinstance(result, tuple) else (result,))]
        if tape.tapes.get():
            given = inputs if isinstance(inputs, list) else {name: inputs[name] for name in handles}
            tape.record(kernel, given, outputs, checked.attrs)
        return tuple(outputs) if isinstance(result, tuple) else outputs[0]


def _handle(value: Any, kernel: str) -> Handle:
    if not isinstance(value, Tensor):
        raise ArgumentError(
            f"{kernel}: run_kernel takes tensors, got {type(value).__name__}: use gl.tensor first"
        )
    return value.handle


def _profiled(backend: Backend, kernel: str, handles: Any, checked: Any) -> Any:
    return profilers.get()[-1].measure(kernel, lambda: backend.run(kernel, handles, checked), handles)


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
