"""Textures, and the pool that recycles them: a fresh 4 MB texture and its first draw cost 5 ms, a recycled one 1.8.

Every texture is owned by a layout form of a storage, or by the pool. Finalisers run on any thread, so they only queue.
"""

import os
from collections import defaultdict, deque
from typing import Any, Literal, cast

import moderngl

from glbackend.backends.webgl.gl.context import Context
from glbackend.backends.webgl.gl.layers import layered_framebuffer
from glbackend.backends.webgl.gl.layout import rounded_height
from glbackend.base import env
from glbackend.base.errors import GLMemoryError

Kind = Literal["f4", "i4", "f4[]"]  # RGBA32F, RGBA32I, an array of RGBA32F layers (the attachments of one pass)
TEXEL_BYTES = 16


class Texture:
    """One RGBA32F or RGBA32I texture, or an array of `layers` of them."""

    __slots__ = ("gl", "height", "inverse", "kind", "layers", "nbytes", "width")

    def __init__(
        self, gl: moderngl.Texture | moderngl.TextureArray, width: int, height: int, kind: Kind, layers: int = 1
    ) -> None:
        self.gl = gl
        self.width = width
        self.height = height
        self.kind: Kind = kind
        self.layers = layers
        self.nbytes = width * height * layers * TEXEL_BYTES
        self.inverse = (1.0 / width, 1.0 / height)


class TexturePool:
    """Gives textures out, takes them back, and keeps to the memory budget."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.budget = env.number("MEMORY_BUDGET") or (_half_the_ram() if context.software else None)
        self.bytes_used = 0
        self.bytes_free = 0
        self.poison = False  # tests fill recycled textures with NaN
        self.allocations = 0
        self._free: dict[tuple[int, int, Kind, int], list[Texture]] = defaultdict(list)
        self._returned: deque[Texture] = deque()
        self._framebuffers: dict[tuple[int, ...], moderngl.Framebuffer] = {}

    def take(
        self, width: int, height: int, kind: Kind, what: str = "a texture", layers: int = 1
    ) -> Texture:
        """A texture at least `height` high; its content is undefined. GLMemoryError where it cannot be had."""
        self.collect()
        height = min(rounded_height(height), self.context.max_size)
        free = self._free.get((width, height, kind, layers))
        if free:
            texture = free.pop()
            self.bytes_free -= texture.nbytes
        else:
            texture = self._allocate(width, height, kind, what, layers)
        self.bytes_used += texture.nbytes
        if self.poison:
            self._fill_with_nan(texture)
        return texture

    def give_back(self, texture: Texture) -> None:
        """Returns a texture; safe on any thread and inside finalisers."""
        self._returned.append(texture)

    def collect_counts(self) -> None:
        """Moves returned textures to the free lists."""
        while self._returned:
            texture = self._returned.popleft()
            self.bytes_used -= texture.nbytes
            self.bytes_free += texture.nbytes
            self._free[texture.width, texture.height, texture.kind, texture.layers].append(texture)

    def collect(self) -> None:
        """As `collect_counts`; then frees the oldest where more lies free than may. Needs the context."""
        self.collect_counts()
        limit = self.bytes_limit()
        if self.bytes_free > limit:
            self.empty(keep=limit // 2)

    def bytes_limit(self) -> int:
        """Most bytes that may lie free: a quarter of the budget, 1 GiB without one."""
        return self.budget // 4 if self.budget else 1 << 30

    def empty(self, keep: int = 0) -> None:
        """Gives free textures back to the driver until at most `keep` bytes lie free."""
        for free in self._free.values():
            while free and self.bytes_free > keep:
                texture = free.pop(0)
                self.bytes_free -= texture.nbytes
                self._destroy(texture)

    def framebuffer(self, *textures: Texture) -> moderngl.Framebuffer:
        """The framebuffer that draws into these textures; made once."""
        key = tuple(texture.gl.glo for texture in textures)
        found = self._framebuffers.get(key)
        if found is None:
            gl = self.context.gl
            if textures[0].kind == "f4[]":
                found = layered_framebuffer(gl, cast(moderngl.TextureArray, textures[0].gl))
            else:
                found = gl.framebuffer([texture.gl for texture in textures])
            self._framebuffers[key] = found
        return found

    def _allocate(self, width: int, height: int, kind: Kind, what: str, layers: int) -> Texture:
        nbytes = width * height * layers * TEXEL_BYTES
        held = self.bytes_used + self.bytes_free
        if self.budget and held + nbytes > self.budget:
            self.empty()
            if self.bytes_used + nbytes > self.budget:
                raise GLMemoryError(
                    f"{what} needs {nbytes:,} bytes of texture ({width}x{height}), but {self.bytes_used:,} of the "
                    f"budget of {self.budget:,} bytes are in use: dispose tensors or raise GLBACKEND_MEMORY_BUDGET"
                )
        if width > self.context.max_size or height > self.context.max_size:
            raise GLMemoryError(
                f"{what} needs a texture of {width}x{height}, over the driver's limit of {self.context.max_size}"
            )
        for last_try in (False, True):
            texture = self._try(width, height, kind, layers)
            if texture is not None:
                self.allocations += 1
                return texture
            if not last_try:
                self.empty()
        raise GLMemoryError(
            f"{what} needs {nbytes:,} bytes of texture ({width}x{height}), which the driver refuses "
            f"(in use: {self.bytes_used:,} bytes)"
        )

    def _try(self, width: int, height: int, kind: Kind, layers: int) -> Texture | None:
        gl = self.context.gl
        self.context.error()
        try:
            texture: Any = (
                gl.texture_array((width, height, layers), 4, dtype="f4")
                if kind == "f4[]"
                else gl.texture((width, height), 4, dtype=kind)
            )
        except moderngl.Error:
            return None
        texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        texture.repeat_x = texture.repeat_y = False
        made = Texture(texture, width, height, kind, layers)
        try:
            self.framebuffer(made)
        except moderngl.Error:
            self._destroy(made)
            self.context.error()
            return None
        if self.context.error():
            self._destroy(made)
            return None
        return made

    def _destroy(self, texture: Texture) -> None:
        name = texture.gl.glo
        for key in [key for key in self._framebuffers if name in key]:
            self._framebuffers.pop(key).release()
        texture.gl.release()

    def _fill_with_nan(self, texture: Texture) -> None:
        if texture.kind != "i4":
            self.framebuffer(texture).clear(float("nan"), float("nan"), float("nan"), float("nan"))


def _half_the_ram() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (ValueError, AttributeError, OSError):
        return None
