"""Images, as `tf.image`."""

from glbackend.ops.crop import crop_and_resize
from glbackend.ops.image import resize_bilinear
from glbackend.ops.image import resize_nearest_neighbor
from glbackend.ops.suppression import non_max_suppression
from glbackend.ops.suppression import non_max_suppression_async
from glbackend.ops.suppression import non_max_suppression_padded
from glbackend.ops.suppression import non_max_suppression_padded_async
from glbackend.ops.suppression import non_max_suppression_with_score
from glbackend.ops.suppression import non_max_suppression_with_score_async

__all__ = [
    "crop_and_resize",
    "non_max_suppression",
    "non_max_suppression_async",
    "non_max_suppression_padded",
    "non_max_suppression_padded_async",
    "non_max_suppression_with_score",
    "non_max_suppression_with_score_async",
    "resize_bilinear",
    "resize_nearest_neighbor",
]
