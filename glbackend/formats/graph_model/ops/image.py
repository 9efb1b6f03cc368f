"""Pictures: resizing, cropping, turning."""

from typing import Any

import numpy as np

from glbackend.base.errors import ModelFormatError
from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import floats, tf_op
from glbackend.formats.graph_model.host import host_tensor
from glbackend.layers.resampling import KERNELS as CURVES
from glbackend.layers.resampling import Array, mixing
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


TABLE_STEPS = 1024
KERNELS = {"triangle": "bilinear", "keyscubic": "bicubic", "lanczos3": "lanczos3", "lanczos5": "lanczos5"}


@tf_op("ScaleAndTranslate")
def scale_and_translate(
    images: Tensor,
    size: list[int],
    scale: Tensor,
    translation: Tensor,
    *,
    kernel_type: str = "lanczos3",
    antialias: bool = True,
) -> Tensor:
    """Another size, mixed by kernels; as resizing uses it, whole images that are not moved."""
    ratios = [after / before for after, before in zip(size, images.shape[1:3], strict=True)]
    whole = all(abs(a / b - 1) < 1e-3 for a, b in zip(floats(scale), ratios, strict=True))
    if kernel_type not in KERNELS or not whole or any(floats(translation)):
        raise ModelFormatError(
            f"ScaleAndTranslate: images of {images.shape[1:3]} by {floats(scale)} with {kernel_type}, moved "
            f"by {floats(translation)}: only whole images by {', '.join(KERNELS)} are resized here"
        )
    how = KERNELS[kernel_type], antialias
    return _mixed(images, *(mixing(*sizes, *how) for sizes in zip(images.shape[1:3], size, strict=True)))


@tf_op("ResizeBicubic")
def resize_bicubic(
    images: Tensor, size: list[int], *, align_corners: bool = False, half_pixel_centers: bool = False
) -> Tensor:
    """Another size, between pixels cubic, counted from their middle."""
    if align_corners or not half_pixel_centers:
        raise ModelFormatError("ResizeBicubic: only half_pixel_centers is known here")
    return _mixed(images, *(_cubic(*sizes) for sizes in zip(images.shape[1:3], size, strict=True)))


def _cubic(size: int, resized: int) -> Array:
    """As `mixing` gives it; TensorFlow looks the shares up in a table of so many steps between two pixels."""
    at = (np.arange(resized) + 0.5) * size / resized - 0.5
    at = np.floor(at) + np.rint((at - np.floor(at)) * TABLE_STEPS) / TABLE_STEPS
    apart = np.abs(np.arange(size) - at[:, None])
    shares = np.where(apart < CURVES["bicubic"].radius, CURVES["bicubic"].curve(apart), 0.0)
    return (shares / shares.sum(1, keepdims=True)).astype(np.float32)


def _mixed(images: Tensor, tall: Array, wide: Array) -> Tensor:
    """Columns, then rows, each a product with the share of each pixel."""
    batch, height, width, channels = images.shape
    y = host_tensor(tall) @ images.cast("float32").reshape((batch, height, width * channels))
    y = host_tensor(wide) @ y.reshape((batch * len(tall), width, channels))
    return y.reshape((batch, len(tall), len(wide), channels))
