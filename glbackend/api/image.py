"""Images, as `tf.image`."""

from glbackend.media.boxes import anchor_centers
from glbackend.media.boxes import batched_nms
from glbackend.media.boxes import decode_boxes
from glbackend.media.drawing import COCO_POSE
from glbackend.media.drawing import draw_bounding_boxes
from glbackend.media.drawing import draw_keypoints
from glbackend.media.drawing import draw_segmentation_masks
from glbackend.media.labels import Prediction
from glbackend.media.labels import coco_labels
from glbackend.media.labels import decode_predictions
from glbackend.media.labels import read_labels
from glbackend.media.pictures import load
from glbackend.media.preprocessing import Window
from glbackend.media.preprocessing import preprocess
from glbackend.media.preprocessing import window
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
    "COCO_POSE",
    "Prediction",
    "Window",
    "anchor_centers",
    "batched_nms",
    "coco_labels",
    "crop_and_resize",
    "decode_boxes",
    "decode_predictions",
    "draw_bounding_boxes",
    "draw_keypoints",
    "draw_segmentation_masks",
    "flip_left_right",
    "grayscale_to_rgb",
    "load",
    "non_max_suppression",
    "non_max_suppression_async",
    "non_max_suppression_padded",
    "non_max_suppression_padded_async",
    "non_max_suppression_with_score",
    "non_max_suppression_with_score_async",
    "preprocess",
    "read_labels",
    "resize_bilinear",
    "resize_nearest_neighbor",
    "rgb_to_grayscale",
    "rotate_with_offset",
    "threshold",
    "transform",
    "window",
]
