"""Pictures: resizing, cropping, turning."""

from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import tf_op
from glbackend.ops import crop, image, transform


@tf_op("ResizeBilinear")
def resize_bilinear(
    images: Tensor, size: list[int], *, align_corners: bool = False, half_pixel_centers: bool = False
) -> Tensor:
    """Another size, between pixels linear."""
    return image.resize_bilinear(images, size, align_corners, half_pixel_centers)


@tf_op("ResizeNearestNeighbor")
def resize_nearest_neighbor(
    images: Tensor, size: list[int], *, align_corners: bool = False, half_pixel_centers: bool = False
) -> Tensor:
    """Another size, each pixel the nearest one's."""
    return image.resize_nearest_neighbor(images, size, align_corners, half_pixel_centers)


@tf_op("CropAndResize")
def crop_and_resize(
    images: Tensor,
    boxes: Tensor,
    box_ind: Tensor,
    crop_size: list[int],
    *,
    method: str = "bilinear",
    extrapolation_value: float = 0,
) -> Tensor:
    """Boxes cut out, in one size."""
    how: Any = method.lower()
    return crop.crop_and_resize(images, boxes, box_ind, crop_size, how, extrapolation_value)


@tf_op("ImageProjectiveTransformV3")
def image_projective_transform(
    images: Tensor,
    transforms: Tensor,
    output_shape: list[int],
    fill_value: float,
    *,
    interpolation: str,
    fill_mode: str = "CONSTANT",
) -> Tensor:
    """Pictures seen through projective maps."""
    how: Any = interpolation.lower()
    where: Any = fill_mode.lower()
    return transform.transform(images, transforms, how, where, fill_value, output_shape)
