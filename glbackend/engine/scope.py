"""Scopes: tidy, keep, and the count of live tensors.

Python's reference counts free tensors without any of this; scopes exist for TF.js's semantics (dispose what
was made inside and is not returned, even where Python still refers to it). The stack of scopes belongs to the
thread.
"""

import weakref
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

from glbackend.base.annotations import got
from glbackend.base.errors import CallError

if TYPE_CHECKING:
    from glbackend.engine.tensor import Tensor

T = TypeVar("T")
live_tensors: set[int] = set()  # id() of every tensor that is neither disposed nor collected
_scopes: ContextVar[tuple["Scope", ...]] = ContextVar("glbackend_scopes", default=())


class Scope:
    """The tensors made while it is the innermost scope."""

    def __init__(self) -> None:
        self.made: list[weakref.ref[Tensor]] = []


def track(tensor: "Tensor") -> None:
    """Puts a new tensor into the innermost scope, if there is one."""
    scopes = _scopes.get()
    if scopes:
        scopes[-1].made.append(weakref.ref(tensor))


def tensors_in(value: Any) -> Iterator["Tensor"]:
    """Every tensor in nested lists, tuples, sets, dicts, dataclass-like objects with `_tensors()`."""
    from glbackend.engine.tensor import Tensor  # noqa: PLC0415 - tensor.py imports this module

    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors_in(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from tensors_in(item)


def tidy(function: Callable[[], T] | str, named: Callable[[], T] | None = None) -> T:
    """Runs `function`, then disposes every tensor made inside that it does not return.

    Variables and kept tensors are exempt. The first argument may be a name for the scope, as in TF.js.
    Tensors are found in nested lists, tuples and dicts of the result. As `tf.tidy`.

    >>> import glbackend as gl
    >>> gl.tidy(lambda: gl.tensor([1., 2.]).square().sum()).item()
    5.0
    """
    run = named if named is not None else function
    if not callable(run):
        raise CallError(f"tidy: expected a function, got {got(run)}: tidy(lambda: ...)")
    scopes = _scopes.get()
    scope = Scope()
    token = _scopes.set((*scopes, scope))
    result: Any = None
    try:
        result = run()
    finally:
        _scopes.reset(token)
        returned = {id(tensor) for tensor in tensors_in(result)}
        for reference in scope.made:
            tensor = reference()
            if tensor is None or tensor.kept:
                continue
            if id(tensor) in returned:
                track(tensor)
            else:
                tensor.dispose()
    return result


def keep(tensor: "Tensor") -> "Tensor":
    """Keeps `tensor` alive past the end of its scope; gives it back. As `tf.keep`.

    >>> import glbackend as gl
    >>> kept = []
    >>> gl.tidy(lambda: kept.append(gl.keep(gl.tensor([1.]))))
    >>> kept[0].is_disposed
    False
    """
    if not hasattr(tensor, "kept"):
        raise CallError(f"keep: expected a tensor, got {got(tensor)}")
    tensor.kept = True
    return tensor


def dispose(container: Any) -> None:
    """Disposes every tensor in a tensor, list, tuple or dict. As `tf.dispose`.

    >>> import glbackend as gl
    >>> t = gl.tensor([1.])
    >>> gl.dispose({"t": t}); t.is_disposed
    True
    """
    for tensor in tensors_in(container):
        tensor.dispose()
