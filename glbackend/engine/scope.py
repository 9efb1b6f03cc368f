"""Scopes: which tensors are alive, and which were made inside the innermost `tidy`.

Python's reference counts free tensors without any of this; scopes exist for TF.js's semantics (dispose what
was made inside and is not returned, even where Python still refers to it). The stack of scopes belongs to the
thread.
"""

import sys
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glbackend.engine.tensor import Tensor


class _Live:
    """Its length is the number of tensors that are neither disposed nor collected.

    Each refers to `mark`, whose references Python counts: no finaliser is needed, in which a
    KeyboardInterrupt would be lost.
    """

    def __init__(self) -> None:
        self.mark = object()
        self._others = sys.getrefcount(self.mark)

    def __len__(self) -> int:
        return sys.getrefcount(self.mark) - self._others


live_tensors = _Live()
scopes: ContextVar[tuple["Scope", ...]] = ContextVar("glbackend_scopes", default=())
watchers: ContextVar[tuple[Callable[["Tensor"], None], ...]] = ContextVar("glbackend_watchers", default=())


class Scope:
    """The tensors made while it is the innermost scope."""

    def __init__(self) -> None:
        self.made: list[weakref.ref[Tensor]] = []


def track(tensor: "Tensor") -> None:
    """Puts a new tensor into the innermost scope, if there is one, and shows it to those who watch."""
    for watch in watchers.get():
        watch(tensor)
    stack = scopes.get()
    if stack:
        stack[-1].made.append(weakref.ref(tensor))
