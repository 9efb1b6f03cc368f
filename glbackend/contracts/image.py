"""Contracts of kernels over images [batch, height, width, channels]: resizing and gradients, DepthToSpace."""

from typing import Any

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.resize import resizing
from glbackend.base.shapes import Spec
from glbackend.base.window import FORMATS
from glbackend.contracts.contract import Checked, contract


@contract("ResizeBilinear")
def resize_bilinear(
    images: Spec, *, size: Any, align_corners: bool = False, half_pixel_centers: bool = False
) -> Checked:
    """Images of another size, float32."""
    op = "resize_bilinear"
    height, width = _check_resize(op, images, size, align_corners, half_pixel_centers)
    how = resizing(images.shape[1:3], (height, width), align_corners, half_pixel_centers, False)
    return Checked(Spec((images.shape[0], height, width, images.shape[3])), {"how": how})


@contract("ResizeNearestNeighbor")
def resize_nearest_neighbor(
    images: Spec, *, size: Any, align_corners: bool = False, half_pixel_centers: bool = False
) -> Checked:
    """Images of another size, of the same dtype."""
    op = "resize_nearest_neighbor"
    height, width = _check_resize(op, images, size, align_corners, half_pixel_centers)
    how = resizing(images.shape[1:3], (height, width), align_corners, half_pixel_centers, True)
    out = Spec((images.shape[0], height, width, images.shape[3]), images.dtype)
    return Checked(out, {"how": how})


@contract("ResizeBilinearGrad")
def resize_bilinear_grad(
    images: Spec, dy: Spec, *, size: Any = None, align_corners: bool = False, half_pixel_centers: bool = False
) -> Checked:
    """The adjoint of ResizeBilinear, from dy to the shape of `images`."""
    return _resize_grad("resize_bilinear_grad", images, dy, align_corners, half_pixel_centers, False)


@contract("ResizeNearestNeighborGrad")
def resize_nearest_neighbor_grad(
    images: Spec, dy: Spec, *, size: Any = None, align_corners: bool = False, half_pixel_centers: bool = False
) -> Checked:
    """The adjoint of ResizeNearestNeighbor, from dy to the shape of `images`."""
    return _resize_grad("resize_nearest_neighbor_grad", images, dy, align_corners, half_pixel_centers, True)


def _resize_grad(
    op: str, images: Spec, dy: Spec, align_corners: bool, half_pixel_centers: bool, nearest: bool
) -> Checked:
    if dy.dtype != "float32":
        raise DtypeError(f"{op}: argument 'dy' must be float32, got {dy.dtype}: cast it first")
    if dy.rank != 4:
        raise ShapeError(f"{op}: dy must be of rank 4, got shape {list(dy.shape)}")
    size = _check_resize(op, images, dy.shape[1:3], align_corners, half_pixel_centers)
    if (dy.shape[0], dy.shape[3]) != (images.shape[0], images.shape[3]):
        raise ShapeError(
            f"{op}: batch and channels of dy {list(dy.shape)} must be those of {list(images.shape)}"
        )
    how = resizing(images.shape[1:3], size, align_corners, half_pixel_centers, nearest)
    return Checked(Spec(images.shape), {"how": how})


@contract("DepthToSpace")
def depth_to_space(x: Spec, *, block_size: int, data_format: str = "NHWC") -> Checked:
    """Blocks of channels become blocks of pixels."""
    if x.rank != 4:
        raise ShapeError(f"depth_to_space: x must be of rank 4, got shape {list(x.shape)}")
    if x.dtype not in ("float32", "int32", "bool"):
        raise DtypeError(f"depth_to_space: x is {x.dtype}, but must be float32, int32 or bool")
    if data_format not in FORMATS:
        raise ArgumentError(f"depth_to_space: data_format {data_format!r} must be 'NHWC' or 'NCHW'")
    block = int(block_size)
    if block < 2 or block != block_size:
        raise ArgumentError(f"depth_to_space: block_size must be a whole number above 1, got {block_size}")
    first = FORMATS[data_format]
    channels = x.shape[1] if first else x.shape[3]
    if channels % (block * block):
        raise ShapeError(
            f"depth_to_space: {channels} channels of x {list(x.shape)} must be divisible by {block * block}, "
            f"the square of block_size {block}"
        )
    height, width = (dim * block for dim in (x.shape[2:] if first else x.shape[1:3]))
    left = channels // (block * block)
    shape = (x.shape[0], left, height, width) if first else (x.shape[0], height, width, left)
    return Checked(Spec(shape, x.dtype), {"block_size": block, "channels_first": first})


def _check_resize(
    op: str, images: Spec, size: Any, align_corners: bool, half_pixel_centers: bool
) -> tuple[int, int]:
    if images.rank != 4:
        raise ShapeError(f"{op}: images must be of rank 4, got shape {list(images.shape)}")
    if images.dtype not in ("float32", "int32", "bool"):
        raise DtypeError(
            f"{op}: images are {images.dtype}, but must be float32, int32 or bool: cast them first"
        )
    if align_corners and half_pixel_centers:
        raise ArgumentError(f"{op}: align_corners and half_pixel_centers exclude each other, got both")
    sizes = list(size) if hasattr(size, "__iter__") else [size]
    if len(sizes) != 2 or any(isinstance(one, str) or int(one) != one or one < 0 for one in sizes):
        raise ArgumentError(
            f"{op}: size must be (height, width), two whole numbers of at least 0, got {size!r}"
        )
    if 0 in images.shape[1:3] and 0 not in sizes:
        raise ShapeError(f"{op}: images of shape {list(images.shape)} have no pixels to take from")
    return int(sizes[0]), int(sizes[1])
