"""Contracts of CropAndResize and of its adjoint."""

from typing import Any

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec, check_shape
from glbackend.contracts.contract import Checked, contract
from glbackend.contracts.index import need_int32

METHODS = ("bilinear", "nearest")


def _check(op: str, boxes: Spec, box_ind: Spec, size: Any, method: str) -> tuple[int, int]:
    if boxes.rank != 2 or boxes.shape[1] != 4:
        raise ShapeError(f"{op}: boxes must be [count, 4], got shape {list(boxes.shape)}")
    if boxes.dtype != "float32":
        raise DtypeError(f"{op}: boxes must be float32, got {boxes.dtype}")
    need_int32(box_ind, op, "box_ind")
    if box_ind.shape != boxes.shape[:1]:
        raise ShapeError(
            f"{op}: box_ind {list(box_ind.shape)} must hold one number for each of the {boxes.shape[0]} boxes"
        )
    if method not in METHODS:
        raise ArgumentError(f"{op}: method must be bilinear or nearest, but was {method!r}")
    sizes = check_shape(size, op)
    if len(sizes) != 2 or min(sizes) < 1:
        raise ArgumentError(f"{op}: crop_size must be at least [1, 1], but was {list(sizes)}")
    return sizes[0], sizes[1]


@contract("CropAndResize")
def crop_and_resize(
    image: Spec,
    boxes: Spec,
    box_ind: Spec,
    *,
    crop_size: Any,
    method: str = "bilinear",
    extrapolation_value: float = 0.0,
) -> Checked:
    """Images of rank 4; boxes [count, 4] and the image of each [count]; float32 comes out."""
    op = "crop_and_resize"
    if image.rank != 4:
        raise ShapeError(f"{op}: image must be of rank 4, got shape {list(image.shape)}")
    if image.dtype not in ("float32", "int32", "bool"):
        raise DtypeError(f"{op}: image is {image.dtype}, but must be float32, int32 or bool")
    size = _check(op, boxes, box_ind, crop_size, method)
    if 0 in image.shape[1:3]:
        raise ShapeError(f"{op}: images of shape {list(image.shape)} have no pixels to take from")
    attrs = {"bilinear": method == "bilinear", "outside": float(extrapolation_value)}
    return Checked(Spec((boxes.shape[0], *size, image.shape[3])), attrs)


@contract("CropAndResizeGrad")
def crop_and_resize_grad(
    dy: Spec, boxes: Spec, box_ind: Spec, *, image_shape: Any, method: str = "bilinear"
) -> Checked:
    """dy [count, height, width, channels] back to `image_shape`; not in TF.js."""
    op = "crop_and_resize_grad"
    shape = check_shape(image_shape, op)
    if dy.dtype != "float32" or dy.rank != 4 or len(shape) != 4:
        raise ShapeError(
            f"{op}: dy must be float32 of rank 4, image_shape of 4 dims, "
            f"got {dy.dtype}{list(dy.shape)} and {list(shape)}"
        )
    _check(op, boxes, box_ind, dy.shape[1:3], method)
    if dy.shape[0] != boxes.shape[0] or dy.shape[3] != shape[3]:
        raise ShapeError(
            f"{op}: dy {list(dy.shape)} must have {boxes.shape[0]} boxes and {shape[3]} channels"
        )
    return Checked(Spec(shape), {"bilinear": method == "bilinear"})
