"""Contract of FlipLeftRight."""

from glbackend.base.errors import DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract


@contract("FlipLeftRight")
def flip_left_right(image: Spec) -> Checked:
    """Images of rank 4, any numbers."""
    if image.rank != 4:
        raise ShapeError(f"flip_left_right: image must be of rank 4, got shape {list(image.shape)}")
    if image.dtype not in ("float32", "int32", "bool"):
        raise DtypeError(f"flip_left_right: image is {image.dtype}, but must be float32, int32 or bool")
    return Checked(image)
