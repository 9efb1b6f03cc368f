"""Packages and rooms that only some parts need, imported when they are first used."""

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

from glbackend.base.errors import MissingPackageError


def optional(module: str, extra: str, op: str) -> ModuleType:
    """The module of an optional package; MissingPackageError says how to install it.

    >>> optional("no_such_module", "keras", "load_model")
    Traceback (most recent call last):
    glbackend.base.errors.MissingPackageError: load_model: needs no_such_module ...
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingPackageError(
            f"{op}: needs {module} ({error}): pip install 'glbackend[{extra}]'"
        ) from None


def on_first_call(room: str, function: str) -> Callable[..., Any]:
    """A function of a room that is imported when it is first called.

    >>> on_first_call("math", "sqrt")(4)
    2.0
    """

    def call(*given: Any, **options: Any) -> Any:
        return getattr(importlib.import_module(room), function)(*given, **options)

    return call
