"""One pass of a shader: its program found, its textures bound, drawn, counted. The bottom of every kernel."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, Protocol

from glbackend.backends.webgl.gl.context import Context
from glbackend.backends.webgl.gl.fence import Backlog, Fences
from glbackend.backends.webgl.gl.layout import Layout
from glbackend.backends.webgl.gl.pool import TEXEL_BYTES, Texture, TexturePool, Traits
from glbackend.backends.webgl.gl.program import Program, Programs
from glbackend.backends.webgl.gl.timer import Stopwatch
from glbackend.backends.webgl.glsl.accessor import inputs_piece, output_piece
from glbackend.base.shapes import Spec
from glbackend.engine.profiler import Watcher
from glbackend.engine.storage import Storage


class Form:
    """One texture form of a storage: the texture and how the elements lie in it.

    A texture of codes also has their `scale`: the step, and the code that means zero.
    """

    __slots__ = ("layout", "scale", "texture")

    def __init__(self, texture: Texture, layout: Layout, scale: tuple[float, float] | None = None) -> None:
        self.texture = texture
        self.layout = layout
        self.scale = scale

    def give_back(self) -> None:
        """Lets the pool have the texture again; a second call does nothing."""
        self.texture.give_back()


class Tiles(NamedTuple):
    """A result in layers: it can be computed in as many `turns`, each of so many of its texels, one after the
    other, and of so many fragments. In each turn layers lie one behind the other, `band` texels of each;
    0 where their order is another one, or lanes pad.
    """

    turns: int
    texels: int
    fragments: int
    band: int


class Listener(Protocol):
    """Who is told what a renderer does: a recorder."""

    def taken(self, texture: Texture) -> None:
        """The pool has lent a texture."""
        ...

    def uploaded(self, storage: Storage, texture: Texture) -> None:
        """A texture was filled from the host."""
        ...

    def repacked(self, storage: Storage, spec: Spec, texture: Texture) -> None:
        """The last draw brought a storage into the form that `spec` has."""
        ...

    def copied(self, texture: Texture, buffer: Texture, size: tuple[int, int]) -> None:
        """A corner of a texture was copied into a buffer."""
        ...

    def tiled(self, tiles: "Tiles") -> None:
        """The last draw put in order what the one before left in layers."""
        ...

    def read_back(self) -> None:
        """Values were read on the host."""
        ...

    def drawn(
        self,
        program: Program,
        apart: Callable[[], Program],
        targets: Sequence[Texture],
        viewport: tuple[int, int, int, int],
        sources: Mapping[str, Form],
        uniforms: Mapping[str, Any],
    ) -> None:
        """One pass was drawn; `apart` gives the program of the same pass for textures of other sizes."""
        ...


class Renderer:
    """A context with its textures and programs; `render` draws."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.pool = TexturePool(context)
        self.programs = Programs(context)
        self._found: dict[tuple[Any, ...], Program] = {}  # programs, by what `render` is given
        self.fences = Fences(context)
        self.backlog = Backlog(self.fences)
        self.draw_count = 0
        self.listener: Listener | None = None
        self.watchers: tuple[Watcher, ...] = ()
        self.stopwatch: Stopwatch | None = None  # that times each draw
        self.drawing_for = ""  # the kernel that draws
        self.dearer_ways = 0  # how often one was taken that may need more memory: buffers, a tuned choice

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
        padded: tuple[bool, ...] = (),
    ) -> None:
        """Binds, draws, counts: the bottom of every kernel.

        `output` is how what is drawn lies in the targets, for shaders that include <output>, and `padded`
        which of them have padding lanes, if not as it says; `top` is the texture row where it begins.
        """
        traits = tuple([(name, x.texture.traits) for name, x in sources.items()])
        padded = padded or (() if output is None else (output.padded,) * len(targets))
        drawn = tuple([x.traits for x in targets])
        key = (shader, traits, drawn, padded, *defines.items(), *pieces.values())
        program = self._found.get(key)
        if program is None:
            program = self._found[key] = self._find(shader, traits, drawn, padded, defines, pieces)
        covered = size[0] / targets[0].width, size[1] / targets[0].height
        placing: dict[str, Any] = {"covered": covered, "viewport_size": size}
        if output is not None:
            placing["out_form"] = output.uniform
        for name, x in sources.items():
            program.read(name, x.texture, x.layout.uniform)
            if x.scale is not None:
                placing[f"{name}_scale"] = x.scale
        program.set(placing)
        if uniforms:
            program.set(uniforms)
        framebuffer = self.pool.framebuffer(*targets)
        viewport = (0, top, *size)
        if framebuffer.extra != viewport:  # what moderngl keeps for its users: the viewport it has
            framebuffer.viewport = framebuffer.extra = viewport
        framebuffer.use()
        if self.stopwatch is None:
            program.draw()
        else:
            with self.stopwatch.around():
                program.draw()
        self.backlog.drawn()
        self.draw_count += 1
        if self.listener is not None:
            apart = partial(self._find, shader, traits, drawn, padded, defines, pieces, apart=True)
            self.listener.drawn(program, apart, targets, viewport, sources, {**uniforms, **placing})
        if self.watchers:
            read = sum(one.layout.texels for one in sources.values())
            written = size[0] * size[1] * sum(one.layers for one in targets)
            self.tell_drawn(shader, self.drawing_for, read * TEXEL_BYTES, written * TEXEL_BYTES)
        self.context.check(program.name)

    def tell_drawn(self, shader: str, kernel: str, bytes_read: int, bytes_written: int) -> None:
        """Tells all who watch of a draw."""
        for one in self.watchers:
            one.drew(shader, kernel, bytes_read, bytes_written)

    @contextmanager
    def moving(self, what: str, nbytes: int) -> Iterator[None]:
        """Round an upload or a read-back: tells all who watch."""
        began = time.perf_counter()
        yield
        for one in self.watchers:
            one.moved(what, nbytes, began, time.perf_counter() - began)

    @contextmanager
    def watched_by(self, watcher: Watcher) -> Iterator[None]:
        """Within it `watcher` is told of each draw, compilation and transfer, of whatever thread."""
        self.watchers = (*self.watchers, watcher)
        try:
            yield
        finally:
            self.watchers = tuple(one for one in self.watchers if one is not watcher)

    @contextmanager
    def heard_by(self, listener: Listener) -> Iterator[None]:
        """Within it `listener` is told of all that happens."""
        self.listener, self.pool.taken = listener, listener.taken
        try:
            yield
        finally:
            self.listener = self.pool.taken = None

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """Within it nobody is told of draws, and none is counted."""
        before = self.listener, self.pool.taken, self.watchers, self.stopwatch, self.draw_count
        self.listener = self.pool.taken = self.stopwatch = None
        self.watchers = ()
        try:
            yield
        finally:
            self.listener, self.pool.taken, self.watchers, self.stopwatch, self.draw_count = before

    def _find(
        self,
        shader: str,
        read: tuple[tuple[str, Traits], ...],
        drawn: tuple[Traits, ...],
        padded: tuple[bool, ...],
        defines: Mapping[str, object],
        pieces: Mapping[str, str],
        *,
        apart: bool = False,
    ) -> Program:
        """The program that `render` asks for the first time: here its pieces are written."""
        every = [*drawn, *[traits for _, traits in read]]
        apart = apart or any(
            traits.foreign for traits in every
        )  # an application's textures may have any size
        written = {"inputs": inputs_piece(read, apart)}
        if padded:
            written["output"] = output_piece(tuple([traits.kind for traits in drawn]), padded)
        structure: dict[str, object] = {}
        if all(traits.small for traits in every):
            structure["SMALL"] = 1
        if not self.context.software:
            structure["NO_DERIVATIVES"] = 1
        name = shader if shader.endswith(".glsl") else f"kernels/{shader}.glsl"
        known, began = len(self.programs), time.perf_counter()
        program = self.programs.get(name, {**structure, **defines}, {**written, **pieces})
        if len(self.programs) > known:
            for one in self.watchers:
                one.compiled(shader, began, time.perf_counter() - began)
        return program
