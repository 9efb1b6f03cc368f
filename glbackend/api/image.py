"""Images, as `tf.image`."""

from glbackend.ops.image import resize_bilinear, resize_nearest_neighbor

__all__ = ["resize_bilinear", "resize_nearest_neighbor"]
