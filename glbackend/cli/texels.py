"""What a tensor's texture really holds: every RGBA texel, padding and unused ones included; for pictures."""

from typing import Any, NamedTuple

import numpy as np

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.layout import Layout
from glbackend.backends.webgl.gl.transfer import read_texels
from glbackend.engine.engine import engine
from glbackend.engine.tensor import Tensor


class Texels(NamedTuple):
    """The content of a texture, and the rule by which a tensor lies in it."""

    values: np.ndarray[Any, Any]  # [height, width, 4]
    layout: Layout

    def place(self, texel: int) -> tuple[int, int]:
        """Column and row of texel number `texel`."""
        return texel % self.layout.width, texel // self.layout.width


def texels(tensor: Tensor) -> Texels:
    """The texture of a tensor on the webgl backend, read texel by texel; uploads it where need be."""
    backend = engine().backend
    assert isinstance(backend, WebGL), "textures are the webgl backend's"
    with backend.context:
        form = backend.form(tensor.handle)
        width, height = form.layout.width, form.layout.height
        flat = read_texels(backend.pool, form.texture, width, height)
    return Texels(flat.reshape(height, width, 4), form.layout)
