"""`profile`: what ran, kernel by kernel or graph by graph; its draws, compilations, transfers and memory."""

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError
from glbackend.base.html import table
from glbackend.debug import profile_page
from glbackend.engine import scope
from glbackend.engine.backend import Backend
from glbackend.engine.engine import engine
from glbackend.engine.profiler import profilers, total_bytes
from glbackend.engine.storage import Handle
from glbackend.formats.replacing import replace_file
from glbackend.layers.where import Where, here

SHOWN_KERNELS = 12  # of a profile that is printed


class Draw(NamedTuple):
    """One pass: its shader, the kernel it was for, bytes of the textures it read from, bytes written."""

    shader: str
    kernel: str
    bytes_read: int
    bytes_written: int


class Span(NamedTuple):
    """What took time below the kernels: `kind` is "compile", "upload" or "read-back", which move `nbytes`."""

    kind: str
    name: str
    start_ms: float
    milliseconds: float
    nbytes: int


class KernelRun(NamedTuple):
    """One kernel that ran, or a captured graph as a whole ("Graph").

    `milliseconds`: until the device was done; `python_ms`: until Python had asked for all of it; `gpu_ms`:
    what the GPU says that it worked, None where it says nothing true.
    `bytes_added`: of tensors; `bytes_held`: theirs afterwards, beyond what was there at the beginning;
    `pool`: bytes of textures in use and free afterwards.
    `where`: the user's line and layer; `gradient_of`: the forward kernel whose gradient this is part of.
    """

    name: str
    milliseconds: float
    input_shapes: list[Any]
    output_shapes: list[Any]
    bytes_added: int
    start_ms: float
    python_ms: float
    gpu_ms: float | None
    draws: tuple[Draw, ...]
    where: Where
    gradient_of: str
    pool: tuple[int, int]
    bytes_held: int


class Profile:
    """What `profile` has seen; `str` gives a table, `page` and `trace` write files.

    `result`: what the function gave. `kernels`: a `KernelRun` each, in their order. `spans`: compilations and
    transfers. `wall_ms`: the whole, all waited for. `new_tensors`, `new_bytes`: left over; `peak_bytes`: held
    at most, beyond what was there before. `device`: what computed. `no_gpu_time`: why `gpu_ms` is None.
    """

    def __init__(self, graphs: bool) -> None:
        self.interprets = not graphs
        self.result: Any = None
        self.kernels: list[KernelRun] = []
        self.spans: list[Span] = []
        self.wall_ms = 0.0
        self.new_tensors = self.new_bytes = self.peak_bytes = 0
        self.device = self.no_gpu_time = ""
        self._draws: list[Draw] = []  # of the kernel that runs
        self._began = 0.0
        self._open: ExitStack | None = None
        self._backends: list[Backend] = []  # all that it watches

    @property
    def kernel_names(self) -> list[str]:
        """Names of the kernels, each once, sorted."""
        return sorted({run.name for run in self.kernels})

    @property
    def kernel_ms(self) -> float:
        """Milliseconds in kernels, the device waited for; the rest of `wall_ms` is Python's."""
        return sum(run.milliseconds for run in self.kernels)

    @property
    def num_draws(self) -> int:
        """Passes drawn by kernels."""
        return sum(len(run.draws) for run in self.kernels)

    def __enter__(self) -> "Profile":
        if self._open is not None or self._began:
            raise ArgumentError("profile: one block a profile: call gl.profile() again")
        self._tensors, self._bytes = len(scope.live_tensors), total_bytes()
        with ExitStack() as stack:
            stack.callback(profilers.reset, profilers.set((*profilers.get(), self)))
            self._open = stack.pop_all()
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._open is not None
        self._open.close()
        self._open = None
        for backend in self._backends:
            backend.synchronize()
        self.wall_ms = self._since(time.perf_counter())
        self.new_tensors = len(scope.live_tensors) - self._tensors
        self.new_bytes = total_bytes() - self._bytes
        self._backends.clear()

    def _watched(self) -> Backend:
        """The backend that computes now, which a program may have changed; from now on it is watched."""
        backend = engine().backend
        if not any(one is backend for one in self._backends):
            assert self._open is not None
            self._open.enter_context(backend.watched_by(self))
            self._backends.append(backend)
            self.device += (" and " if self.device else "") + backend.describe_device()
            self.no_gpu_time = self.no_gpu_time or backend.no_gpu_time
        return backend

    def measure(self, kernel: str, run: Callable[[], Any], handles: Any) -> Any:
        """Runs one kernel, waits for it, and notes it."""
        backend = self._watched()
        backend.synchronize()
        where, node = here()
        before = total_bytes()
        self._draws.clear()
        returned = 0.0

        def timed() -> Any:
            nonlocal returned
            result = run()
            returned = time.perf_counter()
            return result

        began = time.perf_counter()
        result, gpu_ms = backend.timed_draws(timed)
        ended = time.perf_counter()
        held = backend.memory()
        outputs = result if isinstance(result, tuple | list) else (result,)
        now = total_bytes()
        self.peak_bytes = max(self.peak_bytes, now - self._bytes)
        self.kernels.append(
            KernelRun(
                kernel, (ended - began) * 1e3, _shapes(handles), [out.shape for out in outputs], now - before,
                self._since(began), (returned - began) * 1e3, gpu_ms, tuple(self._draws), where,
                "" if node is None else node.kernel,
                (held.get("num_bytes_in_textures", 0), held.get("num_bytes_free", 0)), now - self._bytes,
            )
        )  # fmt: skip
        return result

    def drew(self, shader: str, kernel: str, bytes_read: int, bytes_written: int) -> None:
        """A pass was drawn."""
        self._draws.append(Draw(shader, kernel, bytes_read, bytes_written))

    def compiled(self, shader: str, began: float, seconds: float) -> None:
        """A program was compiled."""
        self.spans.append(Span("compile", shader, self._since(began), seconds * 1e3, 0))

    def moved(self, what: str, nbytes: int, began: float, seconds: float) -> None:
        """Data went to the device, or came back."""
        self.spans.append(Span(what, what, self._since(began), seconds * 1e3, nbytes))

    def _since(self, moment: float) -> float:
        return (moment - self._began) * 1e3

    def page(self, path: str | Path) -> Path:
        """Writes one HTML file that needs no network: time line, kernels, layers, lines, shaders, memory.

        `path`: the file; what is there is replaced as a whole. Gives its path.

        TF.js has none.

        >>> import glbackend as gl
        >>> gl.profile(lambda: gl.ones([2]).square()).page(folder + "/profile.html").name
        'profile.html'
        """
        return _written(path, profile_page.page(self))

    def trace(self, path: str | Path) -> Path:
        """Writes a trace in Chrome's format, for ui.perfetto.dev or chrome://tracing.

        `path`: the file; what is there is replaced as a whole. Gives its path.

        TF.js has none; `jax.profiler` and `torch.profiler` write the like.

        >>> import glbackend as gl
        >>> gl.profile(lambda: gl.ones([2]).square()).trace(folder + "/trace.json").name
        'trace.json'
        """
        return _written(path, profile_page.trace(self))

    def __str__(self) -> str:
        head, rows = profile_page.by_kernel(self)
        lines = [profile_page.said(self)]
        shown = [head, *rows[:SHOWN_KERNELS]]
        widths = [max(len(str(row[i])) for row in shown) for i in range(len(head))]
        for row in shown:
            cells = [str(one).ljust(width) if i == 0 else str(one).rjust(width)
                     for i, (one, width) in enumerate(zip(row, widths, strict=True))]  # fmt: skip
            lines.append("  ".join(cells).rstrip())
        if len(rows) > SHOWN_KERNELS:
            lines.append(f"... and {len(rows) - SHOWN_KERNELS} kernels more")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head, rows = profile_page.by_kernel(self)
        return table(profile_page.said(self), head, rows[:SHOWN_KERNELS])


def _written(path: str | Path, text: str) -> Path:
    replace_file(Path(path), lambda made: made.write_text(text, encoding="utf-8"))
    return Path(path)


def _shapes(handles: Any) -> list[Any]:
    values: Iterable[Any] = handles.values() if isinstance(handles, dict) else handles
    return [value.shape if isinstance(value, Handle) else [one.shape for one in value] for value in values]


@checked
def profile(function: Callable[[], Any] | None = None, *, graphs: bool = False) -> Profile:
    """Runs `function` and gives its result together with every kernel that ran. As `tf.profile`.

    `function`: takes nothing; without one the profile is of a block, `with gl.profile() as report:`.
    `graphs`: whether captured functions (`gl.function`, the steps of `fit` and `predict`) run as the graphs
    that they are, each noted as one "Graph" with its draws; else their kernels run one by one.

    Each kernel of this thread is waited for, so that its time is its own: together they take longer than
    without a profile. Bytes read are those of the textures that a pass reads from, each counted once. GPU
    time is told where timer queries tell the truth, which on Mesa's llvmpipe they do not.

    >>> import glbackend as gl
    >>> gl.profile(lambda: gl.tensor([1., 2.]).square()).kernel_names
    ['Square']
    >>> with gl.profile() as report:
    ...     y = gl.tensor([1., 2.]).exp().sum()
    >>> [run.name for run in report.kernels]
    ['Exp', 'Sum']
    """
    made = Profile(graphs)
    if function is None:
        return made
    with made:
        made.result = function()
    return made
