"""Upload and download: one NumPy pad and one transfer each."""

from typing import Any

import numpy as np

from glbackend.backends.webgl.gl.layout import Layout
from glbackend.backends.webgl.gl.pool import Kind, Texture, TexturePool

_NUMPY: dict[Kind, np.dtype[Any]] = {
    "f4": np.dtype(np.float32), "i4": np.dtype(np.int32), "u1": np.dtype(np.uint8),
    "u2": np.dtype(np.uint16), "f2": np.dtype(np.float16),
}  # fmt: skip


def upload(texture: Texture, layout: Layout, values: np.ndarray[Any, Any], zero: int = 0) -> None:
    """Writes a flat array into a texture; lanes that pad a row become zero, or the code that means zero."""
    values = np.ascontiguousarray(values, dtype=_NUMPY[texture.kind])
    if layout.padded:
        padded = np.full((layout.rows, layout.row_texels * 4), zero, values.dtype)
        padded[:, : layout.row_length] = values.reshape(layout.rows, layout.row_length)
        values = padded.reshape(-1)
    whole, rest = divmod(layout.texels, layout.width)
    if whole:
        texture.gl.write(values[: whole * layout.width * 4], viewport=(0, 0, layout.width, whole))
    if rest:
        texture.gl.write(values[whole * layout.width * 4 :], viewport=(0, whole, rest, 1))


def download(pool: TexturePool, texture: Texture, layout: Layout) -> np.ndarray[Any, Any]:
    """The flat array that a texture holds, padding dropped."""
    values = read_texels(pool, texture, layout.width, layout.height)
    rows = values[: layout.texels * 4].reshape(layout.rows, layout.row_texels * 4)
    return np.ascontiguousarray(rows[:, : layout.row_length]).reshape(-1)


def read_texels(pool: TexturePool, texture: Texture, width: int, height: int) -> np.ndarray[Any, Any]:
    """All lanes of the lower-left corner of a texture, flat, padding included."""
    values = np.empty(width * height * 4, _NUMPY[texture.kind])
    pool.framebuffer(texture).read_into(
        values, viewport=(0, 0, width, height), components=4, dtype=texture.kind
    )
    return values
