"""Contracts of FromPixels and Draw. Their pixels are tensors here, where TF.js has elements of a page."""

from collections.abc import Mapping
from typing import Any

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.pixels import DEPTHS, OPAQUE, image_size
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract


@contract("FromPixels")
def from_pixels(pixels: Spec, *, num_channels: int = 3) -> Checked:
    """int32 [height, width, 1 (grey), 3 or 4]; as many of red, green, blue and alpha come out as asked."""
    if pixels.dtype != "int32":
        raise DtypeError(f"from_pixels: pixels must be int32 (0 to 255), got {pixels.dtype}")
    if pixels.rank != 3 or pixels.shape[2] not in DEPTHS:
        raise ShapeError(
            f"from_pixels: pixels must be [height, width, 1, 3 or 4], got shape {list(pixels.shape)}"
        )
    if num_channels not in (1, 2, 3, 4):
        raise ArgumentError(f"from_pixels: num_channels must be 1 to 4, got {num_channels}")
    return Checked(Spec((*pixels.shape[:2], int(num_channels)), "int32"))


@contract("Draw")
def draw(image: Spec, *, canvas: Any = None, options: Mapping[str, Any] | None = None) -> Checked:
    """An image of rank 2 or 3; what a display shows comes out: int32 [height, width, 4]."""
    height, width, _ = image_size(image, "draw")
    alpha = ((options or {}).get("image_options") or {}).get("alpha", 1.0)
    if not 0 <= alpha <= 1:
        raise ArgumentError(f"draw: alpha must lie in [0, 1], got {alpha}")
    return Checked(Spec((height, width, 4), "int32"), {"alpha": int(OPAQUE * alpha + 0.5)})
