"""Textures that an application hands in, and what we hand out to it, as moderngl objects."""

from typing import Any, NamedTuple

import moderngl

from glbackend.backends.webgl.gl.context import Context
from glbackend.backends.webgl.gl.pool import Texture
from glbackend.base.errors import ArgumentError, BackendError


class Pixels(NamedTuple):
    """What an application's texture holds; `numbers`: "float", "int", "uint"; `whole`: RGBA32F, RGBA32I."""

    width: int
    height: int
    components: int
    numbers: str
    whole: bool


def pixels_of(context: Context, texture: Any) -> Pixels:
    """What `texture` holds; ArgumentError or BackendError where we cannot read it."""
    if not isinstance(texture, moderngl.Texture):
        raise ArgumentError(f"from_texture: needs a moderngl.Texture, got {type(texture).__name__}")
    if texture.ctx is not context.gl:
        raise BackendError(
            "from_texture: the texture belongs to another OpenGL context than the backend's: "
            "hand that context over first, gl.adopt_context(context)"
        )
    if texture.depth or texture.samples:
        raise ArgumentError("from_texture: depth and multisampled textures hold no elements of a tensor")
    letter = texture.dtype[0]
    numbers = {"i": "int", "u": "uint"}.get(letter, "float")  # "f1" and "nu1", "ni1", ... are read as floats
    whole = texture.components == 4 and texture.dtype in ("f4", "i4") and not _swizzled(texture)
    width, height = texture.size
    return Pixels(width, height, texture.components, numbers, whole)


def _swizzled(texture: moderngl.Texture) -> bool:
    return bool(texture.swizzle != "RGBA")


def lent(context: Context, texture: Texture, owner: object) -> moderngl.Texture:
    """A moderngl texture over one of ours; it keeps `owner` alive, and releasing it destroys nothing."""
    out = context.gl.external_texture(texture.gl.glo, (texture.width, texture.height), 4, 0, texture.kind)
    out.filter = (moderngl.NEAREST, moderngl.NEAREST)
    out.extra = owner
    return out
