"""`run_kernel`, the one place that all kernels pass, and who listens there: tapes, profilers, a trace."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from glbackend.base.errors import ArgumentError
from glbackend.contracts.contract import check
from glbackend.engine.backend import Backend
from glbackend.engine.node import tracing
from glbackend.engine.profiler import measured, profilers
from glbackend.engine.storage import Handle
from glbackend.engine.tape import record, tapes
from glbackend.engine.tensor import Tensor


class HasBackend(Protocol):
    """The engine, as far as kernels need it."""

    @property
    def backend(self) -> Backend:
        """The chosen backend."""
        ...


def run_kernel(
    engine: HasBackend,
    kernel: str,
    inputs: Mapping[str, Any] | list[Tensor],
    attrs: Mapping[str, Any] | None = None,
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
            if isinstance(value, Tensor):
                handle = handles[name] = value.handle
                if handle.storage.symbolic:
                    _check_traced(handle)
                specs[name] = handle.spec
            elif isinstance(value, list | tuple):
                handles[name] = [_handle(one, kernel) for one in value]
                specs[name] = tuple(handle.spec for handle in handles[name])
            elif value is not None:
                _handle(value, kernel)  # raises
    checked = check(kernel, specs, attrs or {})
    trace = tracing.get()
    if trace is not None:
        traced = trace.record(kernel, handles, checked, lambda: engine.backend)
        result: Any = traced[0] if checked.single else traced
    elif profilers.get():
        result = measured(kernel, partial(engine.backend.run, kernel, handles, checked), handles)
    else:
        result = engine.backend.run(kernel, handles, checked)
    if checked.single and not tapes.get():
        return Tensor(result)
    outputs = [Tensor(result)] if checked.single else [Tensor(handle) for handle in result]
    if tapes.get():
        given = inputs if isinstance(inputs, list) else {name: inputs[name] for name in handles}
        record(kernel, given, outputs, checked.attrs)
    return outputs[0] if checked.single else tuple(outputs)


def observed() -> bool:
    """Whether a tape or a trace takes down what runs: then nothing computed may be kept for later calls."""
    return bool(tapes.get()) or tracing.get() is not None


def _handle(value: Any, kernel: str) -> Handle:
    if not isinstance(value, Tensor):
        raise ArgumentError(
            f"{kernel}: run_kernel takes tensors, got {type(value).__name__}: use gl.tensor first"
        )
    handle = value.handle
    if handle.storage.symbolic:
        _check_traced(handle)
    return handle


def _check_traced(handle: Handle) -> None:
    """TraceError where a symbol is given to a kernel that runs."""
    if tracing.get() is None:
        handle.storage.values()  # raises, and says why there are none
