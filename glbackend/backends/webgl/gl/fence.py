"""Fences: whether the GPU has done all that was asked so far, without waiting for it; and a short backlog."""

from collections import deque
from ctypes import c_uint, c_uint64, c_void_p

from glbackend.backends.webgl.gl.context import Context
from glbackend.backends.webgl.gl.loader import function
from glbackend.base.errors import BackendError, ContextLostError

COMMANDS_COMPLETE, FLUSH = 0x9117, 0x1
ALREADY_SIGNALED, CONDITION_SATISFIED, WAIT_FAILED = 0x911A, 0x911C, 0x911D
FOREVER_NS = 2**64 - 1


class Fences:
    """Makes fences in one context; where the driver has none, a fence waits once instead."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.unused: deque[int] = deque()  # fences whose asker went away: finalisers may run on any thread
        try:
            with context:
                self.insert = function(context.gl, "glFenceSync", c_void_p, c_uint, c_uint)
                self.wait = function(context.gl, "glClientWaitSync", c_uint, c_void_p, c_uint, c_uint64)
                self.delete = function(context.gl, "glDeleteSync", None, c_void_p)
            self.works = True
        except BackendError:
            self.works = False

    def fence(self) -> "Fence":
        """A fence after all that was asked so far."""
        with self.context:
            while self.unused:
                self.delete(self.unused.popleft())
            if not self.works:
                self.context.gl.finish()
                return Fence(self, None)
            sync = self.insert(COMMANDS_COMPLETE, 0)
            if sync:
                self.wait(sync, FLUSH, 0)  # asks the driver to start now
            return Fence(self, sync)


class Fence:
    """Call it: True once the GPU has passed.

    It never waits, not even for another thread that is using the context.
    """

    __slots__ = ("_fences", "_sync")

    def __init__(self, fences: Fences, sync: int | None) -> None:
        self._fences = fences
        self._sync = sync

    def __call__(self) -> bool:
        if self._sync is None:
            return True
        context = self._fences.context
        if not context.try_enter():
            return False
        try:
            status = self._fences.wait(self._sync, 0, 0)
            if status == WAIT_FAILED:
                raise ContextLostError(f"waiting for the GPU failed: {context.error() or 'no reason given'}")
            if status not in (ALREADY_SIGNALED, CONDITION_SATISFIED):
                return False
            self._fences.delete(self._sync)
            self._sync = None
            return True
        finally:
            context.__exit__(None, None, None)

    def __del__(self) -> None:
        if self._sync is not None:
            self._fences.unused.append(self._sync)


class Backlog:
    """Waits where 32 draws have been asked of a software renderer and none is known to be done.

    llvmpipe (Mesa 22.3) queues draws by framebuffer, and once 64 have waited at a time it lets each later one
    wait for the one before it, as long as the context lives: of 64 x 64 matrix products, queued, each takes
    0.18 to 0.25 ms from then on instead of 0.13 to 0.16.
    """

    BETWEEN, FENCES = 8, 3  # draws from one fence to the next, fences that may be waiting

    def __init__(self, fences: Fences) -> None:
        self._fences = fences
        self._draws = 0
        self._waiting: deque[int] = deque()
        self._bounded = fences.works and fences.context.software

    def drawn(self) -> None:
        """One draw more has been asked. Needs the context."""
        self._draws += 1
        if not self._bounded or self._draws % self.BETWEEN:
            return
        sync = self._fences.insert(COMMANDS_COMPLETE, 0)
        if sync:
            self._waiting.append(sync)
        if len(self._waiting) > self.FENCES:
            oldest = self._waiting.popleft()
            self._fences.wait(oldest, FLUSH, FOREVER_NS)
            self._fences.delete(oldest)
