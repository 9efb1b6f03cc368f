"""`trace_nan`: the kernel, layer, line and element where the first NaN or infinity came from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.shapes import Spec
from glbackend.engine.engine import engine
from glbackend.engine.node import handles_of
from glbackend.engine.profiler import profilers
from glbackend.engine.scope import watchers
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor
from glbackend.layers.where import Where, here


class NonFinite(NamedTuple):
    """The first result that was not finite.

    `kernel`: TF.js's name of the kernel that gave it.
    `shaders`: what was drawn for it, files of `shaders/kernels`; none on cpu.
    `where`: the user's line, and the layer that was being called.
    `gradient_of`: where a gradient was being computed, the forward kernel it belongs to, and where that ran.
    `place`: of the first such element in the result.
    `value`: that element: nan, inf or -inf.
    `num_bad`: how many elements of the result are not finite.
    `spec`: shape and dtype of the result.
    `inputs`: of each input the name, the least and the largest finite value, how many are not finite.
    """

    kernel: str
    shaders: tuple[str, ...]
    where: Where
    gradient_of: tuple[str, Where | None] | None
    place: tuple[int, ...]
    value: float
    num_bad: int
    spec: Spec
    inputs: tuple[tuple[str, float, float, int], ...]

    def __str__(self) -> str:
        lines = [
            f"{self.kernel} gave {self.value} at {list(self.place)} of {self.spec.dtype}"
            f"{list(self.spec.shape)} ({self.num_bad} of {self.spec.size} are not finite)",
            f"  {self.where}",
        ]
        if self.gradient_of is not None:
            kernel, where = self.gradient_of
            lines.append(f"  in the gradient of {kernel}" + (f", which ran at {where}" if where else ""))
        if self.shaders:
            lines.append(f"  drawn by {', '.join(f'{name}.glsl' for name in self.shaders)}")
        for name, least, largest, count in self.inputs:
            bad = f", {count} not finite: it came from outside" if count else ""
            lines.append(f"  {name}: from {least:g} to {largest:g}{bad}")
        return "\n".join(lines)


class Shaders:
    """Takes down the names of the shaders that are drawn."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def drew(self, shader: str, kernel: str, bytes_read: int, bytes_written: int) -> None:
        """A pass was drawn."""
        self.names.append(shader)

    def compiled(self, shader: str, began: float, seconds: float) -> None:
        """A program was compiled."""

    def moved(self, what: str, nbytes: int, began: float, seconds: float) -> None:
        """Data were moved."""


class NanReport:
    """What `trace_nan` has found: `first`, or None as long as all is finite."""

    interprets = True

    def __init__(self, infinities: bool) -> None:
        self.first: NonFinite | None = None
        self._infinities = infinities
        self._origins: dict[int, tuple[str, Where]] = {}  # by id of a tensor: the kernel and where it ran
        self._fresh: dict[int, tuple[str, Where]] = {}  # the same by id of its storage, until it is a tensor

    def __str__(self) -> str:
        return "everything was finite" if self.first is None else str(self.first)

    __repr__ = __str__

    def measure(self, kernel: str, run: Callable[[], Any], handles: Any) -> Any:
        """Runs a kernel and looks at what it gives; once something is found it only runs."""
        if self.first is not None:
            return run()
        drawn = Shaders()
        with engine().backend.watched_by(drawn):
            result = run()
        where, node = here()
        outputs = result if isinstance(result, tuple) else (result,)
        self._fresh = {id(one.storage): (kernel, where) for one in outputs}
        for output in outputs:
            bad = self._bad(output)
            if bad is not None and bad.any():
                self.first = self._described(kernel, tuple(drawn.names), where, node, output, bad, handles)
                break
        return result

    def made(self, tensor: Tensor) -> None:
        """Notes where a tensor comes from, for the gradients of the kernel that gave it."""
        found = self._fresh.get(id(tensor.handle.storage))
        if found is not None:
            self._origins[tensor.id] = found

    def _bad(self, handle: Handle) -> "np.ndarray[Any, np.dtype[np.bool_]] | None":
        if handle.dtype not in ("float32", "complex64"):
            return None
        values = handle.storage.values()
        return ~np.isfinite(values) if self._infinities else np.isnan(values)

    def _described(
        self,
        kernel: str,
        drawn: tuple[str, ...],
        where: Where,
        node: Any,
        output: Handle,
        bad: "np.ndarray[Any, np.dtype[np.bool_]]",
        handles: Any,
    ) -> NonFinite:
        first = int(np.argmax(bad))
        place = tuple(int(i) for i in np.unravel_index(first, output.shape)) if output.shape else ()
        gradient = None if node is None else (node.kernel, _placed(self._origins.get(node.outputs[0])))
        value = output.storage.values()[first]
        worst = abs(complex(value)) if output.dtype == "complex64" else float(value)
        inputs = tuple(self._range(name, one) for name, one in _named(handles))
        return NonFinite(
            kernel, drawn, where, gradient, place, worst, int(bad.sum()), output.spec, inputs
        )  # fmt: skip

    def _range(self, name: str, handle: Handle) -> tuple[str, float, float, int]:
        values = np.asarray(handle.storage.values())
        if values.dtype.kind not in "fiub":
            return name, np.nan, np.nan, 0
        good = values[np.isfinite(values)]
        least, largest = (float(good.min()), float(good.max())) if good.size else (np.nan, np.nan)
        return name, least, largest, values.size - good.size


def _placed(origin: tuple[str, Where] | None) -> Where | None:
    return None if origin is None else origin[1]


def _named(handles: Any) -> Iterator[tuple[str, Handle]]:
    if isinstance(handles, dict):
        for name, value in handles.items():
            if isinstance(value, Handle):
                yield name, value
            else:
                yield from ((f"{name}[{i}]", one) for i, one in enumerate(value))
    else:
        yield from ((f"[{i}]", one) for i, one in enumerate(handles_of(handles)))


@contextmanager
def trace_nan(infinities: bool = True) -> Iterator[NanReport]:
    """Finds the first NaN or infinity that a block computes; `report.first` says all of it.

    `infinities`: whether they count too, or NaN alone.

    Every result of every kernel on this thread is read back and looked at, in training and in gradients too:
    slow, but nothing else changes. The report names the kernel, its shaders, the layer, the user's line, the
    element, and what its inputs were; in a gradient also the forward kernel and its line. Where an input was
    not finite itself, it came from outside of the block. TF.js's `tf.enableDebugMode` names a kernel.

    >>> import glbackend as gl
    >>> with gl.debug.trace_nan() as report:
    ...     y = gl.tensor([4., 0.]) / gl.tensor([2., 0.])
    >>> report.first.kernel, report.first.place, report.first.value
    ('RealDiv', (1,), nan)
    """
    report = NanReport(infinities)
    listening = profilers.set((*profilers.get(), report))
    watching = watchers.set((*watchers.get(), report.made))
    try:
        yield report
    finally:
        watchers.reset(watching)
        profilers.reset(listening)
