"""The cpu backend: NumPy kernels, one module per family."""

import importlib
import pkgutil

from glbackend.backends.cpu.backend import Cpu


def open_backend() -> Cpu:
    """The backend; it always works."""
    return Cpu()


def load_kernels() -> None:
    """Imports every kernel module."""
    importlib.import_module("glbackend.backends.view")
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
