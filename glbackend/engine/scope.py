"""Scopes: which tensors are alive, and which were made inside the innermost `tidy`.

Python's reference counts free tensors without any of this; scopes exist for TF.js's semantics (dispose what
was made inside and is not returned, even where Python still refers to it). The stack of scopes belongs to the
thread.
"""

import weakref
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glbackend.engine.tensor import Tensor

live_tensors: set[int] = set()  # id() of every tensor that is neither disposed nor collected
scopes: ContextVar[tuple["Scope", ...]] = ContextVar("glbackend_scopes", default=())


class Scope:
    """The tensors made while it is the innermost scope."""

    def __init__(self) -> None:
        self.made: list[weakref.ref[Tensor]] = []


def track(tensor: "Tensor") -> None:
    """Puts a new tensor into the innermost scope, if there is one."""
    stack = scopes.get()
    if stack:
        stack[-1].made.append(weakref.ref(tensor))
