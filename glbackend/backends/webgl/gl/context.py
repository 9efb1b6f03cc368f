"""An OpenGL context, our own (`ways.py`) or adopted: entering and leaving it, its limits, its errors.

Our own context is current nowhere between calls: a call enters it under one lock, checks that it really is
current (moderngl does not notice a failure; draws are then lost in silence) and leaves it.
"""

import hashlib
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import moderngl

from glbackend.backends.webgl.gl import shader_cache
from glbackend.backends.webgl.gl.buffer import max_texels, range_texels
from glbackend.backends.webgl.gl.current import current_context, nothing_current
from glbackend.backends.webgl.gl.state import State
from glbackend.backends.webgl.gl.ways import Attempt, Made, open_context
from glbackend.base import env
from glbackend.base.errors import ArgumentError, BackendError, ContextLostError

SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swiftshader", "software rasterizer")
ORDINARY_ERRORS = (
    "GL_INVALID_ENUM", "GL_INVALID_VALUE", "GL_INVALID_OPERATION", "GL_INVALID_FRAMEBUFFER_OPERATION",
    "GL_OUT_OF_MEMORY", "GL_STACK_UNDERFLOW", "GL_STACK_OVERFLOW",
)  # fmt: skip
TEXTURE_UNITS = 16  # that kernels may use: what GL 3.3 promises
_forks = 0  # how many forks lie between this process and the one that imported us


def _count_fork() -> None:
    global _forks
    _forks += 1
    _ended.clear()  # they are the parent's


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_count_fork)


class _Life(weakref.ref["Context"]):
    """How to give a context of our own back when nobody has it any more; `_ended.append` is called then."""

    __slots__ = ("forks", "release")
    forks: int
    release: Callable[[], Any]

    def end(self) -> None:
        """Gives it back, where it is this process's, and not one that the parent has still."""
        _lives.discard(self)
        if self.forks == _forks:
            self.release()


_lives: set[_Life] = set()
_ended: deque[_Life] = deque()


def _release_ended() -> None:
    """Gives contexts that nobody has any more back to the driver, and all that was made in them."""
    with nothing_current():
        while _ended:
            with suppress(IndexError):  # another thread did it
                _ended.popleft().end()


def _check_adoptable(context: Any) -> None:
    if not isinstance(context, moderngl.Context):
        raise ArgumentError(f"adopt_context: needs a moderngl.Context, got {type(context).__name__}")
    if isinstance(context.mglo, moderngl.InvalidObject):
        raise BackendError("adopt_context: this context was released")
    if context.version_code < 330:
        raise BackendError(f"adopt_context: needs OpenGL 3.3, this context has {context.version_code / 100}")


class Context:
    """One OpenGL context with its lock and its limits; use it as `with context:` around every GL call."""

    def __init__(self, adopted: moderngl.Context | None = None) -> None:
        self.attempts: list[Attempt] = []
        self.adopted = adopted is not None
        self._made: Made | None = None
        self._life: _Life | None = None  # of our own, until it is given back
        if adopted is None:
            if _ended:
                _release_ended()
            with shader_cache.directed():
                self._made, self.way, self.attempts = open_context()
            self._life = _Life(self, _ended.append)
            self._life.release, self._life.forks = self._made.release, _forks
            _lives.add(self._life)
            self.gl = self._made.gl
            self.gl.gc_mode = None  # type: ignore[assignment]
        else:
            _check_adoptable(adopted)
            self.gl = adopted
            self.way = "adopted from the application"
        self.lock = threading.RLock()
        self._thread = threading.get_ident()
        self._forks = _forks
        self._depth = 0
        try:
            self._ask_driver()
        except BaseException:  # a KeyboardInterrupt too
            if self._made is not None:
                self._made.binding.leave()
                self.release()
            raise

    def _ask_driver(self) -> None:
        """What can be known of it at once, and its state as we need it; leaves our own context."""
        self._current = current_context()
        info = self.gl.info
        self.vendor: str = info["GL_VENDOR"]
        self.renderer: str = info["GL_RENDERER"]
        self.version: str = info["GL_VERSION"]
        if not self.adopted:
            shader_cache.remember(self.renderer, self.version)
        self.max_size: int = info["GL_MAX_TEXTURE_SIZE"]
        self.max_samplers: int = min(info["GL_MAX_TEXTURE_IMAGE_UNITS"], 32)
        self.max_attachments: int = min(info.get("GL_MAX_DRAW_BUFFERS", 8), 8)
        self.max_buffer_texels = max_texels(self.gl)
        self.buffer_step = range_texels(self.gl) if self.max_buffer_texels else 0
        self.software = any(name in self.renderer.lower() for name in SOFTWARE)
        self.debug = env.flag("DEBUG")
        # Bound to every unit, so that an application's texture is read as ours are, whatever its filter says.
        sampler = self.gl.sampler(False, False, filter=(moderngl.NEAREST, moderngl.NEAREST))
        self._state = State(self.gl, sampler, TEXTURE_UNITS, info["GL_MAX_TEXTURE_IMAGE_UNITS"] - 1)
        self._saved: dict[str, Any] = {}
        if not self.adopted:
            self._state.bind_samplers()
            self._leave()

    def __enter__(self) -> "Context":
        self._enter(waiting=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._depth -= 1
            if self._depth == 0:
                self._leave()
        finally:
            self.lock.release()

    def try_enter(self) -> bool:
        """As entering, but False at once where another thread is inside; leave with `__exit__`."""
        return self._enter(waiting=False)

    def _enter(self, *, waiting: bool) -> bool:
        if self._forks != _forks:  # before the lock, which another thread may have held at the fork
            raise BackendError(
                "this process was forked after the OpenGL context was made, and a context does not survive a "
                "fork: choose the cpu backend in the child, or start it with the 'spawn' method"
            )
        noted = False
        try:  # round the lock too: a KeyboardInterrupt may come when it is held and nothing noted yet
            if not self.lock.acquire(waiting):
                return False
            self._depth += 1
            noted = True
            if self._depth == 1:
                self._make_current()
        except BaseException:
            self._depth -= noted
            with suppress(RuntimeError):  # it is not held where waiting for it was interrupted
                self.lock.release()
            raise
        return True

    def _make_current(self) -> None:
        if _ended:
            _release_ended()
        self._check_alive()
        if self._made is None:
            if threading.get_ident() != self._thread:
                raise BackendError(
                    "an adopted OpenGL context is used only on the thread where it was adopted"
                )
            if not self._is_current():
                raise BackendError(
                    "the adopted OpenGL context is not current: make it current before computing, or adopt "
                    "the one that is"
                )
            self._saved = self._state.save()
            self._state.prepare()
            return
        self._made.binding.enter()
        if not self._is_current():
            self._made.binding.leave()
            raise ContextLostError(
                f"the OpenGL context ({self.renderer}) could not be made current. Where the application has "
                f"a context of its own, hand it over: gl.adopt_context(context)"
            )

    def _check_alive(self) -> None:
        if isinstance(self.gl.mglo, moderngl.InvalidObject):
            raise ContextLostError(
                f"the OpenGL context ({self.renderer}, {self.way}) was released: adopt another one with "
                f"gl.adopt_context(context), or choose the other backend: gl.set_backend('cpu')"
            )

    def _is_current(self) -> bool:
        return self._current is None or self._current[0]() == self._current[1]

    def _leave(self) -> None:
        if self._made is None:
            self._state.restore(self._saved)
        else:
            self._made.binding.leave()

    def adopts(self, context: moderngl.Context) -> bool:
        """Whether this is an application's context, adopted on this thread."""
        return self.adopted and self.gl is context and self._thread == threading.get_ident()

    def release(self) -> None:
        """Gives our own context back to the driver at once; an adopted one is the application's."""
        life, self._life = self._life, None
        if life is not None:
            life.end()

    def error(self) -> str | None:
        """The pending GL error by name, None where there is none."""
        name: str = self.gl.error
        return None if name == "GL_NO_ERROR" else name

    def check(self, what: str) -> None:
        """Raises BackendError if a GL error is pending, in debug mode."""
        if self.debug:
            self.check_now(what)

    def check_now(self, what: str) -> None:
        """Raises if a GL error is pending: ContextLostError where it is not one of the ordinary ones."""
        name = self.error()
        if name is None:
            return
        if name in ORDINARY_ERRORS:
            raise BackendError(f"{what}: the driver reports {name}")
        raise ContextLostError(
            f"{what}: the OpenGL context ({self.renderer}) is lost ({name}): restart the process"
        )

    def file(self, what: str) -> Path:
        """Where the user's cache directory keeps `what` is known of this driver in this version."""
        driver = "|".join((self.vendor, self.renderer, self.version))
        return (
            shader_cache.cache_directory() / f"{what}-{hashlib.sha256(driver.encode()).hexdigest()[:16]}.json"
        )

    def describe(self) -> dict[str, Any]:
        """What `python -m glbackend info` prints of this context."""
        return {
            "renderer": self.renderer,
            "vendor": self.vendor,
            "version": self.version,
            "context": self.way,
            **({"tried before": "; ".join(map(": ".join, failed))} if (failed := self.attempts[:-1]) else {}),
            "software": self.software,
            "max texture size": self.max_size,
            "max buffer texels": self.max_buffer_texels,
            "samplers": self.max_samplers,
            "colour attachments": self.max_attachments,
        }
