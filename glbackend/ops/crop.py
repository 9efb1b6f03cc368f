"""Boxes cropped out of images and resized, and the gradient."""

from collections.abc import Sequence
from typing import Literal

from glbackend.base.shapes import Spec
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run


@op(method=False, namespace="image")
def crop_and_resize(
    image: TensorLike,
    boxes: TensorLike,
    box_ind: TensorLike,
    crop_size: Sequence[int],
    method: Literal["bilinear", "nearest"] = "bilinear",
    extrapolation_value: float = 0.0,
) -> Tensor:
    """Boxes of images, each resized to `crop_size`, as float32 [count, *crop_size, channels].

    `image`: [batch, height, width, channels].
    `boxes`: float32 [count, 4], two corners (y1, x1, y2, x2) each, where 0 and 1 are the middles of the first
    and the last pixel; y1 > y2 flips.
    `box_ind`: int32 [count], the image of each; a number of no image gives zeros.
    `method`: "bilinear" mixes four pixels, "nearest" takes one.
    `extrapolation_value`: that of pixels outside the image.

    Differentiable in `image`. As `tf.image.cropAndResize`.

    >>> crop_and_resize([[[[1.], [2.], [3.]]]], [[0., 0., 0., 0.5]], [0], [1, 3]).numpy().ravel().tolist()
    [1.0, 1.5, 2.0]
    """
    name = "crop_and_resize"
    inputs = {
        "image": as_tensor(image, "image", name),
        "boxes": as_tensor(boxes, "boxes", name, "float32"),
        "box_ind": as_tensor(box_ind, "box_ind", name, "int32"),
    }
    return run(
        "CropAndResize",
        inputs,
        crop_size=tuple(crop_size),
        method=method,
        extrapolation_value=extrapolation_value,
    )


def _method(bilinear: bool) -> str:
    return "bilinear" if bilinear else "nearest"


@gradient("CropAndResize", wrt="image")
def crop_and_resize_dimage(
    dy: Tensor, image_spec: Spec, boxes: Tensor, box_ind: Tensor, *, bilinear: bool
) -> Tensor:
    """Each dy goes back to the pixels that its pixel was mixed from."""
    inputs = {"dy": dy, "boxes": boxes, "box_ind": box_ind}
    return run("CropAndResizeGrad", inputs, image_shape=image_spec.shape, method=_method(bilinear))


@gradient("CropAndResizeGrad", wrt="dy")
def crop_and_resize_grad_ddy(
    dy: Tensor, dy_spec: Spec, boxes: Tensor, box_ind: Tensor, *, bilinear: bool
) -> Tensor:
    """The adjoint of the adjoint."""
    inputs = {"image": dy, "boxes": boxes, "box_ind": box_ind}
    return run("CropAndResize", inputs, crop_size=dy_spec.shape[1:3], method=_method(bilinear))
