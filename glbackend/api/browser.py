"""Pixels, as `tf.browser`."""

from glbackend.ops.pixels import draw
from glbackend.ops.pixels import from_pixels
from glbackend.ops.pixels import from_pixels_async
from glbackend.ops.pixels import to_pixels

__all__ = [
    "draw",
    "from_pixels",
    "from_pixels_async",
    "to_pixels",
]
