"""Linear algebra, as `tf.linalg`."""

from glbackend.ops.linalg import band_part
from glbackend.ops.linalg import gram_schmidt
from glbackend.ops.linalg import qr

__all__ = [
    "band_part",
    "gram_schmidt",
    "qr",
]
