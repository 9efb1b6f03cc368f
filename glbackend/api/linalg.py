"""Linear algebra, as `tf.linalg`."""

from glbackend.ops.linalg import band_part, gram_schmidt, qr

__all__ = ["band_part", "gram_schmidt", "qr"]
