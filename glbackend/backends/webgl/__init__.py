"""The webgl backend: shader kernels, in `kernels/`, a module per family; OpenGL itself is in `gl/`."""

import importlib
import pkgutil
from typing import Any

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.context import Context
from glbackend.backends.webgl.gl.devices import devices
from glbackend.backends.webgl.texture_io import from_texture, to_texture
from glbackend.base.errors import BackendError

__all__ = ["adopt_backend", "devices", "from_texture", "load_kernels", "open_backend", "to_texture"]


def open_backend(accept_software: bool = True) -> WebGL:
    """The backend on a context of its own; BackendError says why there is none."""
    context = Context()
    if context.software and not accept_software:
        context.release()
        raise BackendError(
            f"the OpenGL driver is a software rasteriser ({context.renderer}), and no GPU: "
            f"choose webgl with gl.set_backend('webgl') where you want it all the same"
        )
    return WebGL(context)


def adopt_backend(context: Any, before: Any = None) -> WebGL:
    """The backend on an application's moderngl context, which must be current on this thread.

    It is `before`, the one so far, where that has adopted the context already.
    """
    if isinstance(before, WebGL) and before.context.adopts(context):
        return before
    return WebGL(Context(context))


def load_kernels() -> None:
    """Imports every kernel module."""
    importlib.import_module("glbackend.backends.view")
    package = importlib.import_module(f"{__name__}.kernels")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
