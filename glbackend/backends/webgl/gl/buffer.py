"""Buffer textures (`samplerBuffer`, GL 3.1), which moderngl does not offer.

Texels stand in a buffer object, one after the other, and shaders find them by number: on some drivers a read
costs less than from a 2D texture. Nothing can be drawn into them: they are filled by a copy on the device.
"""

import ctypes
from collections.abc import Callable
from ctypes import c_int, c_ssize_t, c_uint
from typing import Any

import moderngl

from glbackend.backends.webgl.gl.loader import function

TEXTURE0, TEXTURE_BUFFER, RGBA32F = 0x84C0, 0x8C2A, 0x8814
MAX_TEXTURE_BUFFER_SIZE, OFFSET_ALIGNMENT = 0x8C2B, 0x919F
TEXEL_BYTES = 16
LEAST_TEXELS = 1 << 20  # smaller limits are of no use, nor to be trusted: softpipe's 65,536 are 32,768


class BufferTexture:
    """A buffer with a texture that shows its texels, from number `first` on; in the place where others have a
    moderngl texture.
    """

    __slots__ = ("buffer", "calls", "first", "glo", "views")

    def __init__(self, calls: "BufferCalls", buffer: moderngl.Buffer, glo: int, first: int = 0) -> None:
        self.calls = calls
        self.buffer = buffer
        self.glo = glo
        self.first = first
        self.views: dict[int, BufferTexture] = {}

    def view(self, first: int) -> "BufferTexture":
        """The same buffer, as a texture that shows its texels from `first` on; released with this one."""
        if first not in self.views:
            name = self.calls.name_of_range(self.buffer, first)
            self.views[first] = BufferTexture(self.calls, self.buffer, name, first)
        return self.views[first]

    def use(self, unit: int) -> None:
        """Binds it to a texture unit."""
        self.calls.bind(unit, self.glo)

    def release(self) -> None:
        """Gives both back to the driver."""
        for one in (self, *self.views.values()):
            self.calls.delete(one.glo)
        self.buffer.release()


class BufferCalls:
    """The functions of a context that make, bind and delete buffer textures."""

    def __init__(self, gl: moderngl.Context) -> None:
        self._gl = gl
        pointer = ctypes.POINTER(c_uint)
        self._generate: Callable[..., Any] = function(gl, "glGenTextures", None, c_int, pointer)
        self._delete: Callable[..., Any] = function(gl, "glDeleteTextures", None, c_int, pointer)
        self._active: Callable[..., Any] = function(gl, "glActiveTexture", None, c_uint)
        self._bind: Callable[..., Any] = function(gl, "glBindTexture", None, c_uint, c_uint)
        self._attach: Callable[..., Any] = function(gl, "glTexBuffer", None, c_uint, c_uint, c_uint)

    def make(self, texels: int) -> BufferTexture:
        """A buffer texture of RGBA32F texels, whose content is undefined; moderngl.Error where refused."""
        buffer = self._gl.buffer(reserve=TEXEL_BYTES * texels)
        name = self._new_name()
        self._attach(TEXTURE_BUFFER, RGBA32F, buffer.glo)
        return BufferTexture(self, buffer, name)

    def name_of_range(self, buffer: moderngl.Buffer, first: int) -> int:
        """A texture's name that shows a buffer from texel `first` on, where `range_texels` says it may."""
        attach = function(self._gl, "glTexBufferRange", None, c_uint, c_uint, c_uint, c_ssize_t, c_ssize_t)
        name = self._new_name()
        start = TEXEL_BYTES * first
        attach(TEXTURE_BUFFER, RGBA32F, buffer.glo, start, buffer.size - start)
        return name

    def _new_name(self) -> int:
        """A new texture's name, bound."""
        name = c_uint()
        self._generate(1, ctypes.byref(name))
        self._bind(TEXTURE_BUFFER, name.value)
        return name.value

    def bind(self, unit: int, name: int) -> None:
        """Binds a buffer texture to a unit."""
        self._active(TEXTURE0 + unit)
        self._bind(TEXTURE_BUFFER, name)

    def delete(self, name: int) -> None:
        """Deletes a texture's name."""
        self._delete(1, ctypes.byref(c_uint(name)))


def max_texels(gl: moderngl.Context) -> int:
    """The most texels that a buffer texture of this driver may show; 0 where that is too few."""
    found = c_int()
    query = function(gl, "glGetIntegerv", None, c_uint, ctypes.POINTER(c_int))
    query(MAX_TEXTURE_BUFFER_SIZE, ctypes.byref(found))
    return found.value if found.value >= LEAST_TEXELS else 0


def range_texels(gl: moderngl.Context) -> int:
    """At multiples of how many texels a texture may begin to show a buffer (GL 4.3); 0 where it shows all."""
    if gl.version_code < 430 and "GL_ARB_texture_buffer_range" not in gl.extensions:
        return 0
    found = c_int()
    function(gl, "glGetIntegerv", None, c_uint, ctypes.POINTER(c_int))(OFFSET_ALIGNMENT, found)
    return max(-(-found.value // TEXEL_BYTES), 1)


def place_sampler(gl: moderngl.Context, program: int, name: str, unit: int) -> None:
    """Has a program read its samplerBuffer `name` from a texture unit: moderngl does not know the type."""
    place = function(gl, "glGetUniformLocation", c_int, c_uint, ctypes.c_char_p)(program, name.encode())
    function(gl, "glUseProgram", None, c_uint)(program)
    function(gl, "glUniform1i", None, c_int, c_int)(place, unit)
