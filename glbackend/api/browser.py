"""Pixels, as `tf.browser`."""

from glbackend.ops.pixels import draw, from_pixels, from_pixels_async, to_pixels

__all__ = ["draw", "from_pixels", "from_pixels_async", "to_pixels"]
