"""Textures, and the pool that recycles them: of 4 MB a new one costs 5 ms with its first draw, a used one 2.

Every texture is owned by a layout form of a storage, by a kernel between its passes, or by the pool.
Finalisers run on any thread, so they only queue. A texture that nobody holds any more comes back by itself:
an error half-way loses nothing.
"""

import gc
import os
import struct
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import moderngl

from glbackend.backends.webgl.gl.buffer import BufferCalls
from glbackend.backends.webgl.gl.context import Context
from glbackend.backends.webgl.gl.layers import layered_framebuffer
from glbackend.backends.webgl.gl.layout import rounded_height
from glbackend.base import env
from glbackend.base.dtypes import with_article
from glbackend.base.errors import BackendError, GLMemoryError
from glbackend.base.shapes import Spec
from glbackend.engine.storage import settle

# RGBA32F, RGBA32I, an array of RGBA32F layers (the attachments of one pass); read only: RGBA8UI, 16UI, 16F,
# and RGBA32F texels in a buffer, as many as a texture of that size holds
Kind = Literal["f4", "i4", "f4[]", "u1", "u2", "f2", "b4"]
TEXEL_BYTES = 16
FEWER_BYTES: dict[Kind, int] = {"u1": 4, "u2": 8, "f2": 8}  # of the others
SMALL_TEXELS = 1 << 20  # of textures whose texel numbers lib/layout.glsl divides the short way
EXACT_TEXELS = 1 << 22  # up to it float arithmetic on texel numbers is exact, with room for those outside
MAX_FRAMEBUFFERS = 2048  # combinations of several attachments are many; the oldest go first


class Traits(NamedTuple):
    """What a program has to know of a texture that it reads or draws into."""

    kind: Kind
    small: bool
    large: bool
    foreign: bool


class Texture:
    """A texture of RGBA32F or RGBA32I, or an array of `layers`; `foreign` ones are the application's."""

    __slots__ = (
        "__weakref__", "_queue", "finalized", "foreign", "gl", "height", "inverse", "kind", "layers", "name",
        "nbytes", "traits", "width",
    )  # fmt: skip

    def __init__(
        self, gl: Any, width: int, height: int, kind: Kind, layers: int = 1, *, foreign: bool = False
    ) -> None:
        self._queue: deque[Texture] | None = None  # where it is to come back to, while it is in use
        self.finalized = False  # Python runs a finaliser once, also where the object lives on
        self.gl = gl
        self.name: int = gl.glo  # in OpenGL
        self.width = width
        self.height = height
        self.kind: Kind = kind
        self.layers = layers
        self.foreign = foreign
        self.nbytes = 0 if foreign else width * height * layers * FEWER_BYTES.get(kind, TEXEL_BYTES)
        self.inverse = (1.0 / width, 1.0 / height)
        texels = width * height
        self.traits = Traits(kind, texels * layers <= SMALL_TEXELS, texels > EXACT_TEXELS, foreign)

    def view(self, first: int) -> "Texture":
        """A buffer from texel `first` on, as a texture that owns nothing: this one has to outlive it."""
        return (
            Texture(self.gl.view(first), self.width, self.height, self.kind, foreign=True) if first else self
        )

    def lend(self, queue: "deque[Texture]") -> None:
        """In use from now on, until it is put into `queue`."""
        self._queue = queue

    def give_back(self) -> None:
        """Out of use; a second call does nothing. Safe on any thread and inside finalisers."""
        queue, self._queue = self._queue, None
        if queue is not None:
            queue.append(self)

    def __del__(self) -> None:
        # nobody gave it back: an error came between, or a storage in the same garbage,
        # which may do so after us
        queue, self._queue = self._queue, None
        self.finalized = True
        if queue is not None:
            queue.append(self)

    def renewed(self) -> "Texture":
        """The same texture as a new object, which has its finaliser still before it."""
        return Texture(self.gl, self.width, self.height, self.kind, self.layers, foreign=self.foreign)


class TexturePool:
    """Gives textures out, takes them back, and keeps to the memory budget."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.budget = env.number("MEMORY_BUDGET", least=1) or (_half_the_ram() if context.software else None)
        self.bytes_used = 0
        self.bytes_free = 0
        self.poison = False  # tests fill recycled textures with NaN
        self.allocations = 0
        self.taken: Callable[[Texture], None] | None = None  # is told of each texture that is lent
        self.under_pressure: Callable[[], None] = lambda: None  # gives back what can be had again
        self._free: dict[tuple[int, int, Kind, int], list[Texture]] = defaultdict(list)
        self._returned: deque[Texture] = deque()
        self._strangers: list[int] = []  # names of the application's textures that came back
        self._framebuffers: dict[tuple[int, ...], moderngl.Framebuffer] = {}
        self._several: dict[tuple[int, ...], None] = {}  # those of several textures, the oldest first
        # texture -> its framebuffers
        self._drawn_into: defaultdict[int, set[tuple[int, ...]]] = defaultdict(set)
        self._rest: moderngl.Framebuffer | None = None  # bound while others are released
        self._buffers: BufferCalls | None = None  # once there are any

    def take(
        self,
        width: int,
        height: int,
        kind: Kind,
        what: Spec | str = "a texture",
        layers: int = 1,
        *,
        exact: bool = False,
    ) -> Texture:
        """A texture at least (`exact`: exactly) `height` high; its content is undefined.

        GLMemoryError, which names `what`, where it cannot be had; nothing else is lost then.
        """
        settle()
        if self._returned:
            self._sort()
            if self._strangers or self.bytes_free > self.bytes_limit():
                self.collect()
        if not exact:
            height = self.height(height)
        free = self._free.get((width, height, kind, layers))
        if free:
            texture = free.pop()
            if texture.finalized:
                texture = texture.renewed()
            self.bytes_free -= texture.nbytes
        else:
            texture = self._allocate(width, height, kind, what, layers)
        self.bytes_used += texture.nbytes
        texture.lend(self._returned)
        if self.poison:
            self.fill_with_nan(texture)
        if self.taken is not None:
            self.taken(texture)
        return texture

    def height(self, height: int) -> int:
        """How high a texture is lent that has to be at least so high."""
        return max(height, min(rounded_height(height), self.context.max_size))

    def adopt(self, texture: moderngl.Texture, kind: Kind) -> Texture:
        """A texture of the application, which we read, and neither recycle nor destroy."""
        self._forget(texture.glo)
        width, height = texture.size
        adopted = Texture(texture, width, height, kind, foreign=True)
        adopted.lend(self._returned)
        return adopted

    def collect_counts(self) -> None:
        """Moves returned textures to the free lists; under the context's lock."""
        settle()
        self._sort()

    def _sort(self) -> None:
        """Each returned texture to those of its size."""
        while self._returned:
            texture = self._returned.popleft()
            if texture.foreign:
                self._strangers.append(texture.name)
                continue
            self.bytes_used -= texture.nbytes
            self.bytes_free += texture.nbytes
            self._free[texture.width, texture.height, texture.kind, texture.layers].append(texture)

    def collect(self) -> None:
        """As `collect_counts`; then frees the oldest where more lies free than may. Needs the context."""
        settle()
        self._sort()
        while self._strangers:
            self._forget(self._strangers.pop())
        limit = self.bytes_limit()
        if self.bytes_free > limit:
            self.empty(keep=limit // 2)

    def bytes_limit(self) -> int:
        """Most bytes that may lie free: a quarter of the budget, 1 GiB without one."""
        return self.budget // 4 if self.budget else 1 << 30

    def empty(self, keep: int = 0) -> None:
        """Gives free textures back to the driver until at most `keep` bytes lie free. Needs the context."""
        for key, free in list(self._free.items()):
            while free and self.bytes_free > keep:
                texture = free.pop(0)
                self.bytes_free -= texture.nbytes
                self._destroy(texture)
            if not free:
                del self._free[key]

    def framebuffer(self, *textures: Texture) -> moderngl.Framebuffer:
        """The framebuffer that draws into these textures; made once.

        BackendError where the driver refuses it.
        """
        key = tuple([texture.name for texture in textures])
        found = self._framebuffers.get(key)
        if found is None:
            self.context.error()  # whatever is pending is not this framebuffer's
            try:
                found = self._new_framebuffer(textures)
            except moderngl.Error as error:
                self.context.error()
                sizes = ", ".join(f"{one.kind} {one.width}x{one.height}" for one in textures)
                raise BackendError(f"the driver cannot draw into textures of {sizes}: {error}") from None
            self.context.check_now("making a framebuffer")
            self._framebuffers[key] = found
            if len(key) > 1:
                self._several[key] = None
            for name in key:
                self._drawn_into[name].add(key)
        return found

    def _new_framebuffer(self, textures: tuple[Texture, ...]) -> moderngl.Framebuffer:
        if len(self._several) >= MAX_FRAMEBUFFERS:
            self._release(list(self._several)[: MAX_FRAMEBUFFERS // 2])
        if textures[0].kind == "f4[]":
            return layered_framebuffer(self.context.gl, textures[0].gl)
        return self.context.gl.framebuffer([texture.gl for texture in textures])

    def copy(
        self,
        texture: Texture,
        buffer: Texture,
        size: tuple[int, int],
        layers: int = 1,
        band: int = 0,
        line: int = 0,
        start: int = 0,
    ) -> None:
        """Fills a buffer, from texel `start` on, from the part of a texture that is `size` wide and high, in
        texels, and begins at `line`.

        Of an array from its first `layers`, `band` texels apart: what is more of each, the next one replaces.
        """
        framebuffer = self.framebuffer(texture)
        for layer in range(layers):
            framebuffer.read_into(
                buffer.gl.buffer,
                viewport=(0, line, *size),
                components=4,
                attachment=layer,
                dtype="f4",
                write_offset=(buffer.gl.first + start + layer * band) * TEXEL_BYTES,
            )

    def _allocate(self, width: int, height: int, kind: Kind, what: Spec | str, layers: int) -> Texture:
        nbytes = width * height * layers * FEWER_BYTES.get(kind, TEXEL_BYTES)
        size = f"{nbytes:,} bytes of texture ({width}x{height}{f', {layers} layers' if layers > 1 else ''})"
        if max(width, height) > self.context.max_size:
            raise GLMemoryError(
                f"{_named(what)} needs {size}, over the driver's limit of "
                f"{self.context.max_size} texels a side"
            )
        if self.budget and self.bytes_used + self.bytes_free + nbytes > self.budget:
            self.empty()
            if self.bytes_used + nbytes > self.budget:
                self._collect()
            if self.bytes_used + nbytes > self.budget:
                raise GLMemoryError(
                    f"{_named(what)} needs {size}, but {self.bytes_used:,} of the budget of "
                    f"{self.budget:,} bytes are in use: dispose tensors or raise GLBACKEND_MEMORY_BUDGET"
                )
        texture = self._try(width, height, kind, layers)
        for gain in (self.empty, self._collect):
            if texture is None:
                gain()
                texture = self._try(width, height, kind, layers)
        if texture is None:
            raise GLMemoryError(
                f"{_named(what)} needs {size}, which the driver refuses (in use: {self.bytes_used:,} bytes)"
            )
        self.allocations += 1
        return texture

    def _collect(self) -> None:
        """Frees what captured graphs hold, and what only Python's collector can: textures of tensors in a
        circle of references.
        """
        self.under_pressure()
        gc.collect()
        self.collect_counts()
        self.empty()

    def _try(self, width: int, height: int, kind: Kind, layers: int) -> Texture | None:
        self.context.error()
        try:
            texture = self._new(width, height, kind, layers)
        except moderngl.Error:
            self.context.error()
            return None
        self._forget(texture.glo)
        made = Texture(texture, width, height, kind, layers)
        if self.context.error():
            self._destroy(made)
            return None
        if kind == "b4":
            return made
        texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        texture.repeat_x = texture.repeat_y = False
        try:
            self.framebuffer(made)
        except BackendError:
            self._destroy(made)
            return None
        return made

    def _new(self, width: int, height: int, kind: Kind, layers: int) -> Any:
        gl = self.context.gl
        if kind == "b4":
            self._buffers = self._buffers or BufferCalls(gl)
            return self._buffers.make(width * height)
        if kind == "f4[]":
            return gl.texture_array((width, height, layers), 4, dtype="f4")
        return gl.texture((width, height), 4, dtype=kind)

    def _destroy(self, texture: Texture) -> None:
        self._forget(texture.name)
        texture.gl.release()

    def _forget(self, name: int) -> None:
        """Drops the framebuffers of a texture: the driver may give its name to another one."""
        self._release(list(self._drawn_into.pop(name, ())))

    def _release(self, keys: list[tuple[int, ...]]) -> None:
        if not keys:
            return
        if self._rest is None:
            gl = self.context.gl
            self._rest = gl.framebuffer([gl.renderbuffer((1, 1), 4)])
        self._rest.use()  # moderngl binds the last used one again and again: it must not be one that is gone
        for key in keys:
            self._framebuffers.pop(key).release()
            self._several.pop(key, None)
            for name in key:
                self._drawn_into.get(name, set()).discard(key)

    def fill_with_nan(self, texture: Texture) -> None:
        """So that nobody can take what lay there before for a result."""
        if texture.kind in ("f4", "f4[]"):
            self.framebuffer(texture).clear(float("nan"), float("nan"), float("nan"), float("nan"))
        elif texture.kind == "b4":
            texture.gl.buffer.clear(chunk=struct.pack("f", float("nan")))


def _named(what: Spec | str) -> str:
    return what if isinstance(what, str) else f"{with_article(what.dtype)} tensor of shape {list(what.shape)}"


def _half_the_ram() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (ValueError, AttributeError, OSError):
        return None
