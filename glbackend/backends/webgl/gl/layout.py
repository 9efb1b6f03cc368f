"""The packing rule: which texel of which texture holds which element. Arithmetic only.

A tensor of shape [..., C] is R rows of C4 = ceil(C / 4) RGBA texels; texel t = r * C4 + c4 lies at
(t mod W, t div W), W a power of two that depends on the number of texels alone.
"""

from dataclasses import dataclass, field, replace
from functools import lru_cache

from glbackend.base.shapes import Shape


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows, row length and texture size of one tensor, and what follows from them."""

    rows: int
    row_length: int  # C
    row_texels: int  # C4
    width: int  # W, a power of two
    height: int  # texture rows that hold texels
    texels: int = field(init=False, repr=False)  # that hold data
    padded: bool = field(init=False, repr=False)  # a row's last texel has lanes beyond the row
    uncut: bool = field(init=False, repr=False)  # each row lies in one line of the texture
    key: int = field(init=False, repr=False)  # one storage, equal keys: each element in the same texel
    uniform: tuple[int, int, int, int] = field(init=False, repr=False)  # W - 1, log2 W, C4, C: `form` in GLSL

    def __post_init__(self) -> None:
        padded = self.row_length % 4 != 0
        derived = {
            "texels": self.rows * self.row_texels,
            "padded": padded,
            "uncut": self.row_texels > 0 and self.width % self.row_texels == 0,
            "key": self.row_length if padded else 0,
            "uniform": (self.width - 1, self.width.bit_length() - 1, self.row_texels, self.row_length),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def placed_as(self, other: "Layout") -> "Layout":
        """These rows in a texture of the size of another layout of as many texels."""
        return replace(self, width=other.width, height=other.height)


def row_length(shape: Shape) -> int:
    """C: the last dim, 1 for rank 0.

    >>> row_length((2, 5)), row_length(())
    (5, 1)
    """
    return shape[-1] if shape else 1


@lru_cache(maxsize=16384)
def layout_of(shape: Shape, max_size: int) -> Layout:
    """The layout of a tensor of `shape` where textures may be `max_size` wide and high.

    >>> layout_of((1000, 1000), 16384)
    Layout(rows=1000, row_length=1000, row_texels=250, width=512, height=489)
    """
    length = row_length(shape)
    rows = 1
    for dim in shape[:-1]:
        rows *= dim
    row_texels = -(-length // 4)
    width, height = texture_size(rows * row_texels, max_size)
    return Layout(rows, length, row_texels, width, height)


@lru_cache(maxsize=4096)
def raw_layout(width: int, height: int) -> Layout:
    """How a texture that holds no tensor is seen: every line a row of whole texels."""
    return Layout(height, 4 * width, width, width, height)


def texture_size(texels: int, max_size: int) -> tuple[int, int]:
    """Width (a power of two) and height of the texture for a number of texels.

    >>> texture_size(5, 16384), texture_size(250_000, 16384)
    ((8, 1), (512, 489))
    """
    texels = max(texels, 1)
    width = 1
    while width * width < texels:
        width *= 2
    width = max(width, min(128, 1 << (texels - 1).bit_length()))
    while -(-texels // width) > max_size:
        width *= 2
    return width, -(-texels // width)


@lru_cache(maxsize=4096)
def rounded_height(height: int) -> int:
    """A height of at most a quarter more, of which there are few, so that textures can be recycled.

    >>> rounded_height(489), rounded_height(3)
    (512, 3)
    """
    step = 1 << max(height.bit_length() - 3, 0)
    return -(-height // step) * step


def row_offsets(layout: Layout) -> list[tuple[float, float]]:
    """Where the second and third of four rows lie, seen from the first; the fourth lies at their sum.

    In texels to the right and up, of an uncut layout; the number of the first row is a multiple of four.

    >>> row_offsets(layout_of((32, 256), 16384))
    [(64.0, 0.0), (0.0, 1.0)]
    """
    rows = layout.width // layout.row_texels  # in a line of the texture
    return [(float(i % rows * layout.row_texels), float(i // rows)) for i in (1, 2)]
