"""Packages that only some data sets need, imported when they are made."""

import importlib
from types import ModuleType

from glbackend.base.errors import MissingPackageError


def optional(module: str, extra: str, op: str) -> ModuleType:
    """The module of an optional package; MissingPackageError says how to install it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingPackageError(f"{op}: needs {module} ({error}): pip install glbackend[{extra}]") from None
