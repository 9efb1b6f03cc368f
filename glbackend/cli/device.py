"""What the commands call the device they compute on."""

import glbackend as gl
from glbackend.backends.webgl.backend import WebGL


def device() -> str:
    """The chosen backend in words: its name, and for webgl the renderer.

    >>> gl.set_backend("cpu"); device()
    'cpu (NumPy)'
    """
    backend = gl.engine().backend
    if isinstance(backend, WebGL):
        kind = "software renderer" if backend.context.software else "renderer"
        return f"webgl ({kind} {backend.context.renderer})"
    return f"{backend.name} (NumPy)"
