"""Pictures: resizing, cropping, turning."""

from typing import Any

from glbackend.base.errors import ModelFormatError
from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import floats, tf_op
from glbackend.formats.graph_model.host import host_tensor
from glbackend.layers.resampling import mixing
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
    return _mixed(images, size, KERNELS[kernel_type], antialias)


@tf_op("ResizeBicubic")
def resize_bicubic(
    images: Tensor, size: list[int], *, align_corners: bool = False, half_pixel_centers: bool = False
) -> Tensor:
    """Another size, between pixels cubic, counted from their middle."""
    if align_corners or not half_pixel_centers:
        raise ModelFormatError("ResizeBicubic: only half_pixel_centers is known here")
    return _mixed(images, size, "bicubic", False)


def _mixed(images: Tensor, size: list[int], kernel: str, antialias: bool) -> Tensor:
    """Rows of columns, then columns of rows, each a product with the share of each pixel."""
    batch, height, width, channels = images.shape
    tall = host_tensor(mixing(height, size[0], kernel, antialias))
    wide = host_tensor(mixing(width, size[1], kernel, antialias))
    y = tall @ images.cast("float32").reshape((batch, height, width * channels))
    y = wide @ y.reshape((batch * size[0], width, channels))
    return y.reshape((batch, *size, channels))
