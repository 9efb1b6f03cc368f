"""What moderngl does not offer: raw OpenGL functions, through its own loader.

Used for layers of arrays, fences, and the state of an application's context; everything else goes through
moderngl.
"""

import ctypes
from collections.abc import Callable
from typing import Any

import moderngl

from glbackend.base.errors import BackendError

_CALL = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)  # OpenGL's calling convention


def function(gl: moderngl.Context, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """The OpenGL function `name` of this context; BackendError where the driver has none."""
    try:
        address = gl.mglo._context.load_opengl_function(name)
    except Exception as error:  # each platform's loader raises its own
        raise BackendError(f"the OpenGL driver has no {name}: {error}") from None
    if not address:
        raise BackendError(f"the OpenGL driver has no {name}")
    loaded: Callable[..., Any] = _CALL(result, *arguments)(address)
    return loaded
