"""`tidy`, `keep` and `dispose`."""

from collections.abc import Callable
from typing import Any, TypeVar

from glbackend.base.annotations import got
from glbackend.base.errors import CallError
from glbackend.base.nested import leaves
from glbackend.engine.scope import Scope, scopes, track
from glbackend.engine.tensor import Tensor

T = TypeVar("T")


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
    scope = Scope()
    token = scopes.set((*scopes.get(), scope))
    result: Any = None
    try:
        result = run()
    finally:
        scopes.reset(token)
        one = isinstance(result, Tensor)
        returned = {id(result)} if one else {id(tensor) for tensor in leaves(Tensor, result)}
        for reference in scope.made:
            tensor = reference()
            if tensor is None or tensor.kept:
                continue
            if id(tensor) in returned:
                track(tensor)
            else:
                tensor.dispose()
    return result


def keep(tensor: Tensor) -> Tensor:
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
    for tensor in leaves(Tensor, container):
        tensor.dispose()
