"""Ways to an OpenGL context of our own: headless EGL, a hidden glfw window, moderngl's standalone one.

They are tried in this order, or the one of GLBACKEND_CONTEXT alone; a way is believed only after a texel was
drawn and read back.
"""

import ctypes
import struct
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import moderngl

from glbackend.backends.webgl.gl.current import Binding, binding, place
from glbackend.base import env
from glbackend.base.errors import ArgumentError, BackendError

TEXEL = (0.25, -3.5, 1e-3, 7.0)  # what a way has to draw
_VERTEX = """#version 330 core
void main() { gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0); }
"""
_FRAGMENT = """#version 330 core
uniform vec4 texel;
out vec4 color;
void main() { color = texel; }
"""


class Made(NamedTuple):
    """A context that was made and is still current, how it becomes current, and how it goes away."""

    gl: moderngl.Context
    binding: Binding
    release: Callable[[], Any]


class Attempt(NamedTuple):
    """One way to a context that was tried, and what came of it."""

    way: str
    outcome: str


def _egl() -> Made:
    settings: dict[str, Any] = {"backend": "egl", "libegl": "libEGL.so.1"}
    try:
        ctypes.CDLL("libGL.so.1")
    except OSError:
        settings["libgl"] = "libEGL.so.1"  # EGL finds every function by itself
    device = env.number("DEVICE")
    if device is not None:
        settings["device_index"] = device
    gl = moderngl.create_context(standalone=True, require=330, **settings)
    return Made(gl, binding(gl), gl.release)


def _hidden_window() -> Made:
    import glfw  # noqa: PLC0415 - needs a display library; imported only where it is tried

    with warnings.catch_warnings():  # glfw tells its errors as warnings: they belong into the attempt
        warnings.simplefilter("error", glfw.GLFWError)
        if not glfw.init():
            raise BackendError("glfw finds no display")
        window = _window(glfw)
    # moderngl's enter and exit do nothing for a window of glfw; the application may have windows of its own
    before = []

    def make() -> None:
        before.append(glfw.get_current_context())
        glfw.make_context_current(window)

    bound = Binding(make, lambda: glfw.make_context_current(before.pop()))
    make()
    try:
        gl = moderngl.create_context(require=330)
    except Exception:
        bound.leave()
        glfw.destroy_window(window)
        raise

    def release() -> None:
        gl.release()
        if threading.current_thread() is threading.main_thread():  # elsewhere glfw may not
            glfw.destroy_window(window)

    return Made(gl, bound, release)


def _window(glfw: Any) -> Any:
    for hint, value in (
        (glfw.VISIBLE, False),
        (glfw.CONTEXT_VERSION_MAJOR, 3),
        (glfw.CONTEXT_VERSION_MINOR, 3),
        (glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE),
        (glfw.OPENGL_FORWARD_COMPAT, True),
    ):
        glfw.window_hint(hint, value)
    window = glfw.create_window(16, 16, "glbackend", None, None)
    glfw.default_window_hints()
    if not window:
        raise BackendError("glfw opens no window with OpenGL 3.3")
    return window


def _standalone() -> Made:
    gl = moderngl.create_context(standalone=True, require=330)
    return Made(gl, binding(gl), gl.release)


WAYS: dict[str, tuple[str, Callable[[], Made]]] = {
    "egl": ("headless EGL", _egl),
    "window": ("hidden glfw window", _hidden_window),
    "standalone": ("moderngl standalone", _standalone),
}


def _chosen() -> list[str]:
    """The ways to try: that of GLBACKEND_CONTEXT, else EGL where GLBACKEND_DEVICE is set, else all."""
    wanted = env.text("CONTEXT")
    if wanted is not None:
        if wanted not in WAYS:
            raise ArgumentError(f"GLBACKEND_CONTEXT must be one of {', '.join(WAYS)}, got {wanted!r}")
        return [wanted]
    if env.number("DEVICE") is not None:
        return ["egl"]
    return [way for way in WAYS if way != "egl" or sys.platform.startswith("linux")]


def _believed(gl: moderngl.Context) -> None:
    """Draws a texel and reads it back; BackendError where another one comes."""
    wanted = struct.pack("4f", *TEXEL)
    framebuffer = gl.framebuffer([gl.texture((1, 1), 4, dtype="f4")])
    program = gl.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
    program["texel"].value = TEXEL  # type: ignore[union-attr]
    vertices = gl.vertex_array(program, [])
    framebuffer.use()
    vertices.render(moderngl.TRIANGLES, vertices=3)
    got = framebuffer.read(components=4, dtype="f4")
    error = gl.error
    vertices.release()
    program.release()  # the framebuffer stays: moderngl binds the last used one again
    if got != wanted:
        told = ", ".join(f"{value:g}" for value in struct.unpack("4f", got))
        raise BackendError(f"{gl.info['GL_RENDERER']} drew {told} for {TEXEL} ({error})")


def open_context() -> tuple[Made, str, list[Attempt]]:
    """A context that draws, current on this thread, the name of its way, and what was tried.

    BackendError says why there is none.
    """
    attempts = []
    before = place()
    for key in _chosen():
        way, make = WAYS[key]
        if before:
            before.unbind()
        made = None
        try:
            made = make()
            _believed(made.gl)
        except BaseException as error:  # drivers and loaders raise what they like
            if made:
                made.binding.leave()
                made.release()
            if before:
                before.bind()
            if not isinstance(error, Exception):
                raise
            attempts.append(Attempt(way, f"{type(error).__name__}: {error}"))
            continue
        attempts.append(Attempt(way, "works"))
        made.binding.before = before
        return made, way, attempts
    tried = "; ".join(f"{way}: {outcome}" for way, outcome in attempts)
    raise BackendError(
        f"no OpenGL 3.3 context could be made ({tried}). Install a driver (Debian: apt install libegl1 "
        f"libgl1-mesa-dri) or choose the other backend: gl.set_backend('cpu')"
    )
