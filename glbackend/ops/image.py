"""Images: resizing, DepthToSpace, and their gradients."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.resize import Resizing
from glbackend.base.shapes import Spec
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run
from glbackend.ops.window import as_batch, as_given


@op(namespace="image")
def resize_bilinear(
    images: TensorLike, size: Sequence[int], align_corners: bool = False, half_pixel_centers: bool = False
) -> Tensor:
    """Images in another `size` (height, width), each pixel mixed from four neighbours, as float32.

    `images`: [batch, height, width, channels], or one image without the batch.
    `align_corners`: whether the corner pixels' centres lie on each other.
    `half_pixel_centers`: whether pixels are counted from their middle; ArgumentError where both are asked
    for.

    As `tf.image.resizeBilinear`.

    >>> resize_bilinear([[[0.], [4.]]], (1, 4)).numpy().ravel().tolist()
    [0.0, 2.0, 4.0, 4.0]
    """
    return _resize("ResizeBilinear", "resize_bilinear", images, size, align_corners, half_pixel_centers)


@op(namespace="image")
def resize_nearest_neighbor(
    images: TensorLike, size: Sequence[int], align_corners: bool = False, half_pixel_centers: bool = False
) -> Tensor:
    """Images in another `size` (height, width), each pixel one of the input's, dtype kept.

    `images`, `align_corners`, `half_pixel_centers`: as in `resize_bilinear`. As
    `tf.image.resizeNearestNeighbor`.

    >>> resize_nearest_neighbor([[[0.], [4.]]], (1, 4)).numpy().ravel().tolist()
    [0.0, 0.0, 4.0, 4.0]
    """
    name = "resize_nearest_neighbor"
    return _resize("ResizeNearestNeighbor", name, images, size, align_corners, half_pixel_centers)


def _resize(
    kernel: str, name: str, images: TensorLike, size: Sequence[int], align_corners: bool, half_pixel: bool
) -> Tensor:
    given = as_tensor(images, "images", name)
    y = run(
        kernel,
        {"images": as_batch(given, name, "images")},
        size=tuple(size) if hasattr(size, "__iter__") else size,
        align_corners=align_corners,
        half_pixel_centers=half_pixel,
    )
    return as_given(y, given)


def _how(how: Resizing) -> dict[str, Any]:
    return {"align_corners": how.align_corners, "half_pixel_centers": how.half_pixel_centers}


# differs from TF.js: its gradients of resizes take no notice of half_pixel_centers; these are the adjoints
@gradient("ResizeBilinear", wrt="images")
def resize_bilinear_dimages(dy: Tensor, images: Tensor, *, how: Resizing) -> Tensor:
    """Each dy goes back to the four neighbours."""
    return run("ResizeBilinearGrad", {"images": images, "dy": dy}, **_how(how))


@gradient("ResizeNearestNeighbor", wrt="images")
def resize_nearest_neighbor_dimages(dy: Tensor, images: Tensor, *, how: Resizing) -> Tensor:
    """Each dy goes back to its neighbour."""
    return run("ResizeNearestNeighborGrad", {"images": images, "dy": dy}, **_how(how))


@gradient("ResizeBilinearGrad", wrt="dy")
def resize_bilinear_grad_ddy(dy: Tensor, dy_spec: Spec, *, how: Resizing) -> Tensor:
    """The adjoint of the adjoint."""
    return run("ResizeBilinear", {"images": dy}, size=dy_spec.shape[1:3], **_how(how))


@gradient("ResizeNearestNeighborGrad", wrt="dy")
def resize_nearest_neighbor_grad_ddy(dy: Tensor, dy_spec: Spec, *, how: Resizing) -> Tensor:
    """The adjoint of the adjoint."""
    return run("ResizeNearestNeighbor", {"images": dy}, size=dy_spec.shape[1:3], **_how(how))


@gradient("ResizeBilinearGrad", wrt="images")
@gradient("ResizeNearestNeighborGrad", wrt="images")
def resize_grad_dimages() -> None:
    """Only the shape of the images matters."""


@op()
def depth_to_space(x: TensorLike, block_size: int, data_format: str = "NHWC") -> Tensor:
    """Moves channels into space: they become blocks of pixels. As `tf.depthToSpace`.

    `x`: [batch, height, width, channels] of any numeric dtype.
    `block_size`: height and width of a block; channels must be divisible by its square, else ShapeError.
    `data_format`: "NHWC", or "NCHW" where channels come before height.

    >>> depth_to_space([[[[1., 2., 3., 4.]]]], 2).numpy().tolist()
    [[[[1.0], [2.0]], [[3.0], [4.0]]]]
    """
    given = as_tensor(x, "x", "depth_to_space")
    return run("DepthToSpace", {"x": given}, block_size=block_size, data_format=data_format)


@gradient("DepthToSpace", wrt="x")
def depth_to_space_dx(dy: Tensor, x_spec: Spec, *, block_size: int, channels_first: bool) -> Tensor:
    """Space back to depth."""
    block = block_size
    if channels_first:
        batch, channels, height, width = x_spec.shape
        parts = dy.reshape((batch, channels // block**2, height, block, width, block))
        return parts.transpose((0, 3, 5, 1, 2, 4)).reshape(x_spec.shape)
    batch, height, width, channels = x_spec.shape
    parts = dy.reshape((batch, height, block, width, block, channels // block**2))
    return parts.transpose((0, 1, 3, 2, 4, 5)).reshape(x_spec.shape)
