"""Packages that only some parts need, imported when they are first used."""

import importlib
from types import ModuleType

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
