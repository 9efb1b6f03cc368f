"""The texels of a tensor: read from its texture, or as it would lie in one."""

import numpy as np

from glbackend.backends.webgl.texels import Texels, laid_out
from glbackend.engine.engine import engine
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor

__all__ = ["Texels", "texels", "texels_of"]


def texels(tensor: Tensor) -> Texels:
    """The texture of a float32, int32 or bool tensor, texel by texel; where there are no textures, one as
    it would be."""
    return texels_of(tensor.handle)


def texels_of(handle: Handle) -> Texels:
    """As `texels`, of a handle."""
    read: Texels | None = engine().backend.texels(handle)
    if read is not None:
        return read
    values = handle.storage.values()
    return laid_out(values.astype(np.int32) if values.dtype.kind == "b" else values, handle.shape)
