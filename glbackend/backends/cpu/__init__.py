"""The cpu backend: NumPy kernels, in `kernels/`, a module per family."""

import importlib
import pkgutil

from glbackend.backends.cpu.backend import Cpu


def open_backend() -> Cpu:
    """The backend; it always works."""
    return Cpu()


def load_kernels() -> None:
    """Imports every kernel module."""
    importlib.import_module("glbackend.backends.view")
    package = importlib.import_module(f"{__name__}.kernels")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
