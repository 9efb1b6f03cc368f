"""Which OpenGL context is current on this thread, and making another one current.

On Linux through EGL and GLX themselves: libglvnd lets one of the two be current on a thread at a time, and
answers GLX beside a current EGL context with an X error, which ends the process; moderngl's own `__exit__`
crashes under X11 where `__enter__` was not called first. On Windows and macOS moderngl's enter and exit do.
"""

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, NamedTuple

import moderngl

_EGL_DRAW, _EGL_READ = 0x3059, 0x305A
_APPLE = "/System/Library/Frameworks/OpenGL.framework/OpenGL"
_QUERIES = {"win32": ("opengl32", "wglGetCurrentContext"), "darwin": (_APPLE, "CGLGetCurrentContext")}
_pointer = ctypes.c_void_p


class Api(NamedTuple):
    """EGL or GLX: what is current on this thread, and the call that changes it."""

    context: Callable[[], int | None]
    display: Callable[[], int | None]
    draw: Callable[[], int | None]
    read: Callable[[], int | None]
    make: Callable[..., int]


class Place(NamedTuple):
    """A context with its display and surfaces, as an api knows them."""

    api: Api
    display: int | None
    draw: int | None
    read: int | None
    context: int

    def bind(self) -> None:
        """Makes it current; nothing of another api may be."""
        self.api.make(self.display, self.draw, self.read, self.context)

    def unbind(self) -> None:
        """Leaves nothing current."""
        self.api.make(self.display, None, None, None)


def _typed(library: Any, name: str, *arguments: Any, result: Any = _pointer) -> Any:
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments
    return function


def _egl() -> Api:
    egl = ctypes.CDLL("libEGL.so.1")
    surface = _typed(egl, "eglGetCurrentSurface", ctypes.c_int)
    return Api(
        _typed(egl, "eglGetCurrentContext"),
        _typed(egl, "eglGetCurrentDisplay"),
        lambda: surface(_EGL_DRAW),
        lambda: surface(_EGL_READ),
        _typed(egl, "eglMakeCurrent", *[_pointer] * 4, result=ctypes.c_uint),
    )


def _glx() -> Api:
    try:
        glx = ctypes.CDLL("libGLX.so.0")
    except OSError:
        glx = ctypes.CDLL("libGL.so.1")
    return Api(
        _typed(glx, "glXGetCurrentContext"),
        _typed(glx, "glXGetCurrentDisplay"),
        _typed(glx, "glXGetCurrentDrawable"),
        _typed(glx, "glXGetCurrentReadDrawable"),
        _typed(glx, "glXMakeContextCurrent", *[_pointer] * 4, result=ctypes.c_int),
    )


@cache
def _apis() -> tuple[Api, ...]:
    apis = []
    for load in (_egl, _glx) if sys.platform.startswith("linux") else ():
        try:
            apis.append(load())
        except (OSError, AttributeError):
            continue
    return tuple(apis)


def place() -> Place | None:
    """What EGL or GLX has current on this thread; None where nothing is, and on other systems."""
    for api in _apis():
        context = api.context()
        if context:
            return Place(api, api.display(), api.draw(), api.read(), context)
    return None


@contextmanager
def nothing_current() -> Iterator[None]:
    """Within it no context is current on this thread; what was is so again afterwards."""
    before = place()
    if before:
        before.unbind()
    try:
        yield
    finally:
        if before:
            before.bind()


def current_context() -> tuple[Callable[[], int | None], int] | None:
    """How to ask which context is current on this thread, and the answer now; None where nothing can be
    asked.
    """
    here = place()
    if here:
        return here.api.context, here.context
    library, name = _QUERIES.get(sys.platform, ("", ""))
    try:
        query = _typed(ctypes.CDLL(library), name) if name else None
    except (OSError, AttributeError):
        return None
    now = query() if query else None
    return (query, now) if query and now else None


class Binding:
    """Makes our own context current and puts back what was."""

    def __init__(self, make: Callable[[], Any], drop: Callable[[], Any]) -> None:
        self._make = make
        self._drop = drop
        self.before: Place | None = None

    def enter(self) -> None:
        """Our context is current from now on, unless the driver refuses."""
        before = self.before = place()
        if before:
            before.unbind()
        self._make()

    def leave(self) -> None:
        """What was current before `enter` is so again."""
        self._drop()
        before, self.before = self.before, None
        if before:
            before.bind()


def binding(gl: moderngl.Context) -> Binding:
    """That of a context which moderngl has just made and left current."""
    own = place()
    if own:  # each kernel does both: the calls themselves, with their arguments
        make = own.api.make
        return Binding(
            partial(make, own.display, own.draw, own.read, own.context),
            partial(make, own.display, None, None, None),
        )
    return Binding(gl.mglo.__enter__, lambda: gl.mglo.__exit__(None, None, None))
