"""What moderngl does not offer: raw OpenGL functions, through its own loader, and which context is current.

Used for layers of arrays, fences, and the state of an application's context; everything else goes through
moderngl.
"""

import ctypes
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import moderngl

from glbackend.base.errors import BackendError

_CALL = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)  # OpenGL's calling convention
_EGL_DRAW, _EGL_READ = 0x3059, 0x305A
_APPLE = "/System/Library/Frameworks/OpenGL.framework/OpenGL"
_QUERIES: dict[str, tuple[tuple[str, str], ...]] = {
    "linux": (
        ("libEGL.so.1", "eglGetCurrentContext"),
        ("libGLX.so.0", "glXGetCurrentContext"),
        ("libGL.so.1", "glXGetCurrentContext"),
    ),
    "win32": (("opengl32", "wglGetCurrentContext"),),
    "darwin": ((_APPLE, "CGLGetCurrentContext"),),
}


def function(gl: moderngl.Context, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """The OpenGL function `name` of this context; BackendError where the driver has none."""
    try:
        address = gl.mglo._context.load_opengl_function(name)
    except Exception as error:  # each platform's loader raises its own
        raise BackendError(f"the OpenGL driver has no {name}: {error}") from None
    if not address:
        raise BackendError(f"the OpenGL driver has no {name}")
    loaded: Callable[..., Any] = _CALL(result, *arguments)(address)
    return loaded


def current_context() -> tuple[Callable[[], int | None], int] | None:
    """How to ask which context is current on this thread, and the answer now; None where nobody knows."""
    for library, name in _QUERIES.get(sys.platform, ()):
        try:
            query = getattr(ctypes.CDLL(library), name)
        except (OSError, AttributeError):
            continue
        query.restype, query.argtypes = ctypes.c_void_p, ()
        now = query()
        if now:
            return query, now
    return None


class EglPlace(NamedTuple):
    """What EGL had current on this thread, so that it can be made current again."""

    display: int
    draw: int
    read: int
    context: int


class Egl:
    """Puts back the context that an application had current: moderngl's EGL contexts leave none behind."""

    def __init__(self) -> None:
        library, pointer = ctypes.CDLL("libEGL.so.1"), ctypes.c_void_p
        self.context = self._typed(library.eglGetCurrentContext)
        self._display = self._typed(library.eglGetCurrentDisplay)
        self._surface = self._typed(library.eglGetCurrentSurface, ctypes.c_int)
        self._make = library.eglMakeCurrent
        self._make.restype, self._make.argtypes = ctypes.c_uint, (pointer,) * 4

    @staticmethod
    def _typed(query: Any, *arguments: Any) -> Any:
        query.restype, query.argtypes = ctypes.c_void_p, arguments
        return query

    def place(self) -> EglPlace | None:
        """What is current on this thread; None where nothing is."""
        context = self.context()
        if not context:
            return None
        return EglPlace(self._display(), self._surface(_EGL_DRAW), self._surface(_EGL_READ), context)

    def go_back(self, place: EglPlace) -> None:
        """Makes it current again."""
        self._make(*place)
