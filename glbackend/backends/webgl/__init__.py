"""The webgl backend: shader kernels, one module per family; OpenGL itself is in `gl/`."""

import importlib
import pkgutil

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.context import Context
from glbackend.base.errors import BackendError


def create(accept_software: bool = True) -> WebGL:
    """The backend on a context of its own; BackendError says why there is none."""
    context = Context()
    if context.software and not accept_software:
        raise BackendError(
            f"the OpenGL driver is a software rasteriser ({context.renderer}), which is slower than the cpu backend: "
            f"choose it with gl.set_backend('webgl') where you want it all the same"
        )
    return WebGL(context)


def load_kernels() -> None:
    """Imports every kernel module."""
    importlib.import_module("glbackend.backends.view")
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
