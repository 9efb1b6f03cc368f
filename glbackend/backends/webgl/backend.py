"""The webgl backend: how shader kernels get their textures, draw, and give their results."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from glbackend.backends.webgl import delegated
from glbackend.backends.webgl.gl.context import Context
from glbackend.backends.webgl.gl.fence import Backlog, Fences
from glbackend.backends.webgl.gl.layout import Layout, layout_of, raw_layout
from glbackend.backends.webgl.gl.pool import Kind, Texture, TexturePool, Traits
from glbackend.backends.webgl.gl.program import Program, Programs
from glbackend.backends.webgl.gl.timer import Timer
from glbackend.backends.webgl.gl.transfer import download, upload
from glbackend.backends.webgl.glsl.accessor import inputs_piece, output_piece
from glbackend.backends.webgl.verdict import failed_kernels
from glbackend.base import env
from glbackend.base.dtypes import NUMPY, DType
from glbackend.base.shapes import Shape, Spec
from glbackend.contracts.contract import Checked
from glbackend.engine.backend import make_backend
from glbackend.engine.registry import find_kernel, on_device
from glbackend.engine.storage import Handle, Storage, live_bytes

FORWARD_SIZE = 128  # elements up to which host data may be computed on the host
KIND: dict[DType, Kind] = {"float32": "f4", "int32": "i4", "bool": "i4"}


class Form:
    """One texture form of a storage: the texture and how the elements lie in it."""

    __slots__ = ("layout", "texture")

    def __init__(self, texture: Texture, layout: Layout) -> None:
        self.texture = texture
        self.layout = layout


class WebGL:
    """Kernels call `draw` with handles; everything GL lies below, in `gl/`."""

    name = "webgl"

    def __init__(self, context: Context) -> None:
        self.context = context
        self.pool = TexturePool(context)
        self.programs = Programs(context)
        self._found: dict[tuple[Any, ...], Program] = {}  # programs, by what `render` is given
        self.fences = Fences(context)
        self.backlog = Backlog(self.fences)
        self.timer = Timer(context)
        self.forwards = env.flag("HOST_FORWARD", default=True)
        self.routed: frozenset[str] = frozenset()  # kernels that this driver got wrong
        self.draw_count = 0

    # -- the engine's side ---------------------------------------------------------------------------------

    def run(self, kernel: str, inputs: dict[str, Any] | list[Handle], checked: Checked) -> Any:
        """Runs a shader kernel, or its cpu namesake where it is host-only by nature."""
        handles = inputs if isinstance(inputs, list) else _flatten(inputs)
        tiny, on_host = self.forwards and bool(handles), kernel in delegated.REASONS or kernel in self.routed
        for x in handles:
            storage = x.storage
            if storage.host is None or storage.size > FORWARD_SIZE:
                tiny = False
            if storage.dtype == "string":
                on_host = True
            elif storage.forms and storage.owner is not self:
                _move_to_host(storage)
        if on_host or (tiny and kernel not in on_device):
            return make_backend("cpu").run(kernel, inputs, checked)
        function = find_kernel(kernel, "webgl")
        with self.context:
            if isinstance(inputs, list):
                return function(self, inputs, out=checked.out, **checked.attrs)
            return function(self, **inputs, out=checked.out, **checked.attrs)

    def read(self, storage: Storage) -> np.ndarray[Any, Any]:
        """Reads a storage back: the one place where data leaves the GPU."""
        with self.context:
            if "parts" in storage.forms:
                real, imaginary = (part.values() for part in storage.forms["parts"])
                pair = np.empty(real.shape, NUMPY["complex64"])
                pair.real, pair.imag = real, imaginary  # a sum would make a NaN of an infinite part
                return pair
            form: Form = next(iter(storage.forms.values()))
            values = download(self.pool, form.texture, form.layout)
            self.context.check_now(f"reading back {storage.size} elements of {storage.dtype}")
        return values.astype(NUMPY[storage.dtype], copy=False)

    def release(self, storage: Storage) -> None:
        """Gives a dead storage's textures back to the pool; any thread."""
        for form in storage.forms.values():
            if isinstance(form, Form):
                form.texture.give_back()
        storage.forms = {}

    def route_failed(self) -> None:
        """From now on computes on the cpu backend what `python -m glbackend check` found wrong on this
        driver."""
        self.routed = failed_kernels(self.context)

    def synchronize(self) -> None:
        """Waits for the GPU."""
        with self.context:
            self.context.gl.finish()
            self.context.check_now("waiting for the GPU")

    def ready(self) -> Callable[[], bool]:
        """A function to poll: True once the GPU has done all that was asked up to now. It never waits."""
        return self.fences.fence()

    def gpu_time_ms(self, run: Callable[[], Any]) -> float | None:
        """Milliseconds that the GPU works for `run()`; None where the driver's timer queries do not work."""
        return self.timer.measure(run)

    def memory(self) -> dict[str, int]:
        """Bytes in textures, and bytes that the pool holds for reuse."""
        with self.context.lock:  # the lock, but no current context: an adopted one has its own thread
            self.pool.collect_counts()
            return {"num_bytes_in_textures": self.pool.bytes_used, "num_bytes_free": self.pool.bytes_free}

    def num_data_ids(self) -> int:
        """Number of live storages."""
        return len(live_bytes)

    # -- the kernels' side ---------------------------------------------------------------------------------

    def layout(self, shape: Shape) -> Layout:
        """How a tensor of `shape` lies in its texture."""
        return layout_of(shape, self.context.max_size)

    def form(self, x: Handle) -> Form:
        """The texture form of `x` for its row length; uploads or repacks where there is none yet."""
        storage = x.storage
        layout = self.layout(x.spec.shape)
        found: Form | None = storage.forms.get(layout.key)
        if found is None:
            if storage.host is not None:
                found = self.make(x.spec, layout)
                upload(found.texture, layout, storage.host)
            else:
                source = next(iter(storage.forms.values()))
                found = self._repacked(source, x.spec, layout)
            storage.owner = self
            storage.forms[layout.key] = found
        elif found.layout.row_texels != layout.row_texels:  # the same texels seen with another row length
            return Form(found.texture, layout.placed_as(found.layout))
        return found

    def draw(
        self,
        shader: str,
        out: Spec | Sequence[Spec],
        inputs: Mapping[str, Handle | Texture],
        *,
        uniforms: Mapping[str, Any] | None = None,
        defines: Mapping[str, object] | None = None,
        pieces: Mapping[str, str] | None = None,
    ) -> Any:
        """One pass of `shaders/<shader>` over the texels of `out`; gives its handle (a tuple for several
        specs).

        Several specs (MRT) must have one shape. Inputs appear in GLSL as `<name>_at(t)`.
        """
        specs = (out,) if isinstance(out, Spec) else out
        layout = self.layout(specs[0].shape)
        sources = self._sources(inputs)
        forms = [self.make(spec, layout) for spec in specs]
        if layout.texels:
            size = layout.width, layout.height
            targets = [form.texture for form in forms]
            self.render(shader, targets, size, sources, uniforms or {}, defines or {}, pieces or {}, layout)
        if len(forms) == 1:
            handle = self.own(specs[0], layout, forms[0])
            return handle if specs[0] is out else (handle,)
        return tuple([self.own(spec, layout, form) for spec, form in zip(specs, forms, strict=True)])

    def draw_runs(self, out: Spec, xs: Sequence[Handle]) -> Handle:
        """The texels of `xs` one after the other: a draw for each into one target, over the rows that it
        reaches.
        """
        layout = self.layout(out.shape)
        form = self.make(out, layout)
        start = 0
        for x in xs:
            source = self.form(x)
            end = start + source.layout.texels
            top, bottom = start // layout.width, -(-end // layout.width)
            values = {"start": start, "count": source.layout.texels}
            size = layout.width, bottom - top
            self.render("run", [form.texture], size, {"x": source}, values, {}, {}, layout, top)
            start = end
        return self.own(out, layout, form)

    def draw_tiles(
        self,
        shader: str,
        count: int,
        size: tuple[int, int],
        inputs: Mapping[str, Handle | Texture],
        *,
        uniforms: Mapping[str, Any] | None = None,
        defines: Mapping[str, object] | None = None,
        pieces: Mapping[str, str] | None = None,
        kind: Kind = "f4",
    ) -> list[Texture]:
        """One pass into `count` raw textures of `size` (MRT); the caller gives them back by
        `give_back`.
        """
        tiles = [self.pool.take(*size, kind) for _ in range(count)]
        self.render(shader, tiles, size, self._sources(inputs), uniforms or {}, defines or {}, pieces or {})
        return tiles

    def draw_layers(
        self,
        shader: str,
        count: int,
        size: tuple[int, int],
        inputs: Mapping[str, Handle | Texture],
        *,
        uniforms: Mapping[str, Any] | None = None,
        defines: Mapping[str, object] | None = None,
        pieces: Mapping[str, str] | None = None,
    ) -> Texture:
        """One pass into the `count` layers of a raw texture array; the caller gives it back by
        `give_back`.
        """
        layers = self.pool.take(*size, "f4[]", f"{count} layers between the passes of {shader}", count)
        self.render(
            shader, [layers], size, self._sources(inputs), uniforms or {}, defines or {}, pieces or {}
        )
        return layers

    def render(
        self,
        shader: str,
        targets: Sequence[Texture],
        size: tuple[int, int],
        sources: Mapping[str, Form],
        uniforms: Mapping[str, Any],
        defines: Mapping[str, object],
        pieces: Mapping[str, str],
        output: Layout | None = None,
        top: int = 0,
    ) -> None:
        """Binds, draws, counts: the bottom of every kernel.

        `output` is how what is drawn lies in the targets, for shaders that include <output>; `top` is the
        texture row where it begins.
        """
        traits = tuple([(name, x.texture.traits) for name, x in sources.items()])
        padded = None if output is None else output.padded
        drawn = tuple([x.traits for x in targets])
        key = (shader, traits, drawn, padded, *defines.items(), *pieces.values())
        program = self._found.get(key)
        if program is None:
            program = self._found[key] = self._find(shader, traits, drawn, padded, defines, pieces)
        for name, x in sources.items():
            program.read(name, x.texture, x.layout.uniform)
        covered = size[0] / targets[0].width, size[1] / targets[0].height
        program.set(
            {"covered": covered} if output is None else {"covered": covered, "out_form": output.uniform}
        )
        program.set(uniforms)
        framebuffer = self.pool.framebuffer(*targets)
        viewport = (0, top, *size)
        if framebuffer.extra != viewport:  # what moderngl keeps for its users: the viewport it has
            framebuffer.viewport = framebuffer.extra = viewport
        framebuffer.use()
        program.draw()
        self.backlog.drawn()
        self.draw_count += 1
        self.context.check(program.name)

    def _find(
        self,
        shader: str,
        read: tuple[tuple[str, Traits], ...],
        drawn: tuple[Traits, ...],
        padded: bool | None,
        defines: Mapping[str, object],
        pieces: Mapping[str, str],
    ) -> Program:
        """The program that `render` asks for the first time: here its pieces are written."""
        every = [*drawn, *[traits for _, traits in read]]
        written = {"inputs": inputs_piece(read)}
        if padded is not None:
            written["output"] = output_piece(tuple([traits.kind for traits in drawn]), padded)
        structure: dict[str, object] = {}
        if any(traits.foreign for traits in every):
            structure["APART"] = 1
        if all(traits.small for traits in every):
            structure["SMALL"] = 1
        name = shader if shader.endswith(".glsl") else f"kernels/{shader}.glsl"
        return self.programs.get(name, {**structure, **defines}, {**written, **pieces})

    def _sources(self, inputs: Mapping[str, Handle | Texture]) -> dict[str, Form]:
        return {
            name: self.form(x) if isinstance(x, Handle) else Form(x, raw_layout(x.width, x.height))
            for name, x in inputs.items()
        }

    def own(self, spec: Spec, layout: Layout, form: Form) -> Handle:
        """A new storage that owns a texture just drawn."""
        storage = Storage(spec.dtype, spec.size)
        storage.owner = self
        storage.forms[layout.key] = form
        return Handle(storage, spec)

    def make(self, spec: Spec, layout: Layout) -> Form:
        """A form with an undefined content; GLMemoryError where it cannot be had."""
        return Form(self.pool.take(layout.width, layout.height, KIND[spec.dtype], spec), layout)

    def _repacked(self, source: Form, spec: Spec, layout: Layout) -> Form:
        """The same elements laid out for another row length, in one pass."""
        form = self.make(spec, layout)
        if layout.texels:
            structure = {"INTEGER": int(form.texture.kind == "i4")}
            size = layout.width, layout.height
            self.render("repack", [form.texture], size, {"x": source}, {}, structure, {}, layout)
        return form


def _move_to_host(storage: Storage) -> None:
    """Brings home what another backend object holds (one before an adopted context, one of a test)."""
    assert storage.owner is not None
    storage.host = storage.values()
    storage.owner.release(storage)
    storage.owner = None


def _flatten(inputs: Mapping[str, Any]) -> list[Handle]:
    values = list(inputs.values())
    if list not in map(type, values):
        return values
    return [x for value in values for x in (value if isinstance(value, list) else [value])]
