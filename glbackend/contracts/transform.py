"""Contracts of Transform, RotateWithOffset and their adjoint: images seen through a projective map."""

import math
from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.sampling import FILL_MODES, FillMode, Sampling, rotation
from glbackend.base.shapes import Spec, check_shape
from glbackend.contracts.contract import Checked, contract


def _check_image(image: Spec, op: str, name: str = "image") -> None:
    if image.dtype != "float32":
        raise DtypeError(f"{op}: argument '{name}' must be float32, got {image.dtype}: cast it first")
    if image.rank != 4:
        raise ShapeError(f"{op}: {name} must be of rank 4, got shape {list(image.shape)}")


def _check_transforms(transforms: Spec, batch: int, op: str) -> None:
    if transforms.dtype != "float32":
        raise DtypeError(
            f"{op}: argument 'transforms' must be float32, got {transforms.dtype}: cast it first"
        )
    if transforms.rank != 2 or transforms.shape[1] != 8 or transforms.shape[0] not in (1, batch):
        raise ShapeError(
            f"{op}: transforms must be batch x 8 or 1 x 8, got {list(transforms.shape)} for {batch} images"
        )


def _sampling(interpolation: str, fill_mode: FillMode, origin: Sequence[float], op: str) -> Sampling:
    if interpolation not in ("nearest", "bilinear"):
        raise ArgumentError(f"{op}: interpolation must be nearest or bilinear, got {interpolation!r}")
    if fill_mode not in FILL_MODES:
        raise ArgumentError(f"{op}: fill_mode must be one of {', '.join(FILL_MODES)}, got {fill_mode!r}")
    return Sampling(interpolation == "bilinear", fill_mode, (float(origin[0]), float(origin[1])))


@contract("Transform")
def transform(
    image: Spec,
    transforms: Spec,
    *,
    interpolation: str = "nearest",
    fill_mode: FillMode = "constant",
    fill_value: float = 0.0,
    output_shape: Any = None,
    origin: Sequence[float] = (0.0, 0.0),
) -> Checked:
    """Images of rank 4, eight numbers for each or all. `origin` (not in TF.js): the pixel they count from."""
    op = "transform"
    _check_image(image, op)
    _check_transforms(transforms, image.shape[0], op)
    size = image.shape[1:3] if output_shape is None else check_shape(output_shape, op)
    if len(size) != 2:
        raise ShapeError(f"{op}: output_shape must be (height, width), got {list(size)}")
    sampling = _sampling(interpolation, fill_mode, origin, op)
    attrs = {"sampling": sampling, "fill": (float(fill_value),) * 4}
    return Checked(Spec((image.shape[0], *size, image.shape[3])), attrs)


@contract("TransformGrad")
def transform_grad(
    dy: Spec,
    transforms: Spec,
    *,
    image_shape: Any,
    interpolation: str = "nearest",
    fill_mode: FillMode = "constant",
    origin: Sequence[float] = (0.0, 0.0),
) -> Checked:
    """dy back to `image_shape`; not in TF.js."""
    op = "transform_grad"
    _check_image(dy, op, "dy")
    _check_transforms(transforms, dy.shape[0], op)
    shape = check_shape(image_shape, op)
    if len(shape) != 4 or (shape[0], shape[3]) != (dy.shape[0], dy.shape[3]):
        raise ShapeError(
            f"{op}: dy {list(dy.shape)} and image_shape {list(shape)} must have one batch, one depth"
        )
    return Checked(Spec(shape), {"sampling": _sampling(interpolation, fill_mode, origin, op)})


@contract("RotateWithOffset")
def rotate_with_offset(
    image: Spec,
    *,
    radians: float,
    fill_value: float | Sequence[float] = 0.0,
    center: float | Sequence[float] = 0.5,
) -> Checked:
    """Images of rank 4; one fill value, or one each for red, green and blue (alpha is then 255)."""
    op = "rotate_with_offset"
    _check_image(image, op)
    if isinstance(fill_value, int | float):
        fill: tuple[float, ...] = (float(fill_value),) * 4
    else:
        fill = (*(float(one) for one in fill_value), 255.0)
        if len(fill) != 4 or image.shape[3] > 4:
            raise ArgumentError(
                f"{op}: a list as fill_value needs three numbers and at most four channels, got {fill_value} "
                f"for image {list(image.shape)}"
            )
    if not isinstance(center, int | float) and len(center) != 2:
        raise ArgumentError(f"{op}: center must be a number or two (x, y), got {list(center)}")
    if not math.isfinite(radians):
        raise ArgumentError(f"{op}: radians must be finite, got {radians}")
    numbers, origin = rotation(float(radians), center, *image.shape[1:3])
    return Checked(image, {"numbers": numbers, "sampling": Sampling(False, "constant", origin), "fill": fill})
