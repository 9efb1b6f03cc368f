"""Images, as `tf.image`."""

from glbackend.ops.color import grayscale_to_rgb
from glbackend.ops.color import rgb_to_grayscale
from glbackend.ops.color import threshold
from glbackend.ops.crop import crop_and_resize
from glbackend.ops.image import resize_bilinear
from glbackend.ops.image import resize_nearest_neighbor
from glbackend.ops.movement import flip_left_right
from glbackend.ops.suppression import non_max_suppression
from glbackend.ops.suppression import non_max_suppression_async
from glbackend.ops.suppression import non_max_suppression_padded
from glbackend.ops.suppression import non_max_suppression_padded_async
from glbackend.ops.suppression import non_max_suppression_with_score
from glbackend.ops.suppression import non_max_suppression_with_score_async
from glbackend.ops.transform import rotate_with_offset
from glbackend.ops.transform import transform

__all__ = [
    "crop_and_resize",
    "flip_left_right",
    "grayscale_to_rgb",
    "non_max_suppression",
    "non_max_suppression_async",
    "non_max_suppression_padded",
    "non_max_suppression_padded_async",
    "non_max_suppression_with_score",
    "non_max_suppression_with_score_async",
    "resize_bilinear",
    "resize_nearest_neighbor",
    "rgb_to_grayscale",
    "rotate_with_offset",
    "threshold",
    "transform",
]
