"""Pixels as displays take them: red, green, blue and alpha, 0 to 255; and as PNG, which notebooks show."""

import struct
import zlib
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Shape, Spec

Array = np.ndarray[Any, Any]
DEPTHS = (1, 3, 4)
OPAQUE = 255


def image_size(image: Spec, op: str) -> tuple[int, int, int]:
    """Height, width and depth of one image of rank 2 or 3; errors for what cannot be shown."""
    if image.rank not in (2, 3):
        raise ShapeError(f"{op}: image must be of rank 2 or 3, got shape {list(image.shape)}")
    depth = image.shape[2] if image.rank == 3 else 1
    if depth not in DEPTHS:
        raise ShapeError(f"{op}: image must have 1, 3 or 4 channels, got {depth}")
    if image.dtype not in ("float32", "int32"):
        raise DtypeError(f"{op}: image must be float32 (0 to 1) or int32 (0 to 255), got {image.dtype}")
    return image.shape[0], image.shape[1], depth


def to_rgba(image: Array, alpha: int, op: str) -> Array:
    """uint8 [height, width, 4] of floats in [0, 1] or integers in [0, 255]; ArgumentError for others."""
    top = 1 if image.dtype.kind == "f" else 255
    if image.size and not (image.min() >= 0 and image.max() <= top):
        raise ArgumentError(
            f"{op}: values of an image of {'float32' if top == 1 else 'int32'} must lie in [0, {top}], "
            f"got {image.min()} to {image.max()}"
        )
    levels = np.floor(image * image.dtype.type(255) + image.dtype.type(0.5)) if top == 1 else image
    return with_alpha(levels.astype(np.uint8), alpha)


def with_alpha(levels: Array, alpha: int) -> Array:
    """Grey or colour levels [height, width, 1, 3 or 4] as red, green, blue, alpha."""
    shape: Shape = levels.shape[:2]
    depth = levels.shape[2] if levels.ndim == 3 else 1
    if depth == 4:
        return levels
    result = np.full((*shape, 4), alpha, levels.dtype)
    result[..., :3] = levels.reshape(*shape, depth)
    return result


def png(pixels: Array) -> bytes:
    """A PNG file of uint8 [height, width, 4]. Source: the PNG specification, ISO/IEC 15948.

    >>> png(np.zeros((1, 1, 4), np.uint8))[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'
    """
    height, width = pixels.shape[:2]
    rows = np.zeros((height, 1 + 4 * width), np.uint8)  # a row begins with the number of its filter: 0, none
    rows[:, 1:] = pixels.reshape(height, 4 * width)
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0),
        b"IDAT": zlib.compress(rows.tobytes()),
        b"IEND": b"",
    }
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts.items()
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
