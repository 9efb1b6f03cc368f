"""The webgl backend: what the engine asks of it. Kernels draw through `Forms`; everything GL is in `gl/`."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from glbackend.backends.view import VIEWS, viewed
from glbackend.backends.webgl import delegated, forwarding
from glbackend.backends.webgl.captured.arena import Arena
from glbackend.backends.webgl.captured.pieces import planned
from glbackend.backends.webgl.forms import Forms
from glbackend.backends.webgl.gain import buffer_gain
from glbackend.backends.webgl.gl.context import Context
from glbackend.backends.webgl.gl.timer import Timer
from glbackend.backends.webgl.gl.transfer import read_texels
from glbackend.backends.webgl.plan.tiling import Forced, forced, override
from glbackend.backends.webgl.texels import Texels
from glbackend.backends.webgl.tuning import Tuning
from glbackend.backends.webgl.verdict import failed_kernels
from glbackend.base import env
from glbackend.base.errors import GLMemoryError
from glbackend.contracts.contract import Checked
from glbackend.engine.backend import Plan, Tuned, make_backend
from glbackend.engine.graph import Graph
from glbackend.engine.registry import find_kernel
from glbackend.engine.storage import Handle, live_bytes


class WebGL(Forms):
    """Shader kernels and the textures that they work on."""

    name = "webgl"
    passes_are_dear = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.timer = Timer(context)
        self.tuning = Tuning(self)
        self.forwards = env.flag("HOST_FORWARD", default=True)
        self.arena = Arena(self.pool)
        self.routed: frozenset[str] = frozenset()  # kernels that this driver got wrong

    def run(self, kernel: str, inputs: dict[str, Any] | list[Handle], checked: Checked) -> Any:
        """Runs a shader kernel, or its cpu namesake where it is host-only by nature."""
        if kernel in VIEWS:
            return viewed(inputs, checked.out)
        handles = inputs if isinstance(inputs, list) else _flatten(inputs)
        tiny, on_host = self.forwards and bool(handles), kernel in delegated.REASONS or kernel in self.routed
        for x in handles:
            storage = x.storage
            if storage.host is None or storage.size > forwarding.MAX_ELEMENTS:
                tiny = False
            if storage.dtype == "string":
                on_host = True
            elif storage.forms and storage.owner is not self:
                self.at_home(storage)
        if on_host or (tiny and forwarding.may_be_forwarded(kernel, handles, checked)):
            return make_backend("cpu").run(kernel, inputs, checked)
        function = find_kernel(kernel, "webgl")
        self.drawing_for, before = kernel, self.dearer_ways
        with self.context:
            try:
                return _call(function, self, inputs, checked)
            except GLMemoryError:
                # a recording is given up as a whole
                if self.dearer_ways == before or self.listener is not None or override() != Forced():
                    raise
            with forced(buffers=False):
                return _call(function, self, inputs, checked)

    def plan(self, graph: Graph) -> Plan:
        """Its draws, recorded in the first run."""
        return planned(graph, self)

    def buffer_gain(self) -> float:
        """The part of a dense pass that reading from buffers saves here."""
        if self.known_gain is None:
            self.known_gain = buffer_gain(self)
        return self.known_gain

    def tune(self, run: Callable[[], Any]) -> list[Tuned]:
        """Tries other ways of drawing the dense kernels that `run()` needs, and keeps the fastest."""
        with self.context, self.tuning.on() as found:
            run()
        return found

    def route_failed(self) -> None:
        """From now on computes on cpu what `python -m glbackend check` found wrong on this driver."""
        self.routed = failed_kernels(self.context)

    def synchronize(self) -> None:
        """Waits for the GPU."""
        with self.context:
            self.context.gl.finish()
            self.context.check_now("waiting for the GPU")

    def gpu_time_ms(self, run: Callable[[], Any]) -> float | None:
        """Milliseconds that the GPU works for `run()`; None where the driver's timer queries do not work."""
        return self.timer.measure(run)

    def describe_device(self) -> str:
        """The renderer and its version of OpenGL."""
        return f"webgl: {self.context.renderer}, OpenGL {self.context.version}"

    def timed_draws(self, run: Callable[[], Any]) -> tuple[Any, float | None]:
        """What `run()` gives, and the milliseconds of its draws on the GPU.

        None where the driver's queries are distrusted, within another measurement, and where they tell more
        than the time that passed.
        """
        if self.no_gpu_time or self.stopwatch is not None:
            result = run()
            self.synchronize()
            return result, None
        watch = self.stopwatch = self.timer.stopwatch()
        begun = time.perf_counter()
        try:
            result = run()
        finally:
            self.stopwatch = None
        self.synchronize()
        passed = (time.perf_counter() - begun) * 1e3
        measured = watch.total_ms()
        return result, measured if measured <= passed * 1.05 + 0.05 else None

    @property
    def no_gpu_time(self) -> str:
        """Why there is none on this driver."""
        return self.timer.distrusted

    def num_programs(self) -> int:
        """Number of programs compiled so far."""
        return len(self.programs)

    def texels(self, x: Handle) -> Texels:
        """The lines of its texture that hold data, read back; it is uploaded where need be."""
        with self.context:
            form = self.form(x)
            width, height = form.layout.width, form.layout.height
            flat = read_texels(self.pool, form.texture, width, height)
            self.context.check_now("reading back a texture")
        texture = form.texture
        return Texels(flat.reshape(height, width, 4), form.layout, texture.kind, texture.height)

    def memory(self) -> dict[str, int]:
        """Bytes in textures, and bytes that the pool holds for reuse."""
        with self.context.lock:  # the lock, but no current context: an adopted one has its own thread
            self.pool.collect_counts()
            return {"num_bytes_in_textures": self.pool.bytes_used, "num_bytes_free": self.pool.bytes_free}

    def num_data_ids(self) -> int:
        """Number of live storages."""
        return len(live_bytes())


def _call(function: Any, webgl: WebGL, inputs: dict[str, Any] | list[Handle], checked: Checked) -> Any:
    if isinstance(inputs, list):
        return function(webgl, inputs, out=checked.out, **checked.attrs)
    return function(webgl, **inputs, out=checked.out, **checked.attrs)


def _flatten(inputs: Mapping[str, Any]) -> list[Handle]:
    values = list(inputs.values())
    if list not in map(type, values):
        return values
    return [x for value in values for x in (value if isinstance(value, list) else [value])]
