"""What a tensor's texture really holds: every RGBA texel, padding and unused ones included; for pictures."""

from typing import Any, NamedTuple

import numpy as np

from glbackend.backends.webgl.gl.layout import Layout, layout_of
from glbackend.base.shapes import Shape

USUAL_SIZE = 16384  # texels a side, of the textures of most drivers


class Texels(NamedTuple):
    """The content of a texture, and the rule by which a tensor lies in it.

    `values`: [height, width, 4], those lines of the texture that hold data. `layout`: where which element
    lies. `kind`: the texture's format. `height`: of the whole texture, which may have lines more.
    """

    values: np.ndarray[Any, Any]
    layout: Layout
    kind: str
    height: int

    def place(self, texel: int) -> tuple[int, int]:
        """Column and row of texel number `texel`."""
        return texel % self.layout.width, texel // self.layout.width


def laid_out(values: np.ndarray[Any, Any], shape: Shape) -> Texels:
    """How flat values of a shape would lie in a texture; zeros where a texture has left-over values.

    >>> laid_out(np.arange(1, 7), (2, 3)).values.tolist()
    [[[1, 2, 3, 0], [4, 5, 6, 0]]]
    """
    layout = layout_of(shape, USUAL_SIZE)
    padded = np.zeros((layout.width * layout.height, 4), values.dtype).reshape(-1)
    rows = padded[: layout.texels * 4].reshape(layout.rows, layout.row_texels * 4)
    rows[:, : layout.row_length] = values.reshape(layout.rows, layout.row_length)
    kind = "f4" if values.dtype.kind == "f" else "i4"
    return Texels(padded.reshape(layout.height, layout.width, 4), layout, kind, layout.height)
