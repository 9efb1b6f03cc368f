"""Cases of the layers that put a border around space, or cut one off."""

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import integers, normal

STEPS, STEPS_FIRST = normal(2, 5, 3), normal(2, 3, 5)
IMAGE, FIRST = normal(2, 5, 6, 3), normal(2, 3, 5, 6)
VOLUME, VOLUME_FIRST = normal(1, 3, 4, 5, 2), normal(1, 2, 3, 4, 5)
FORMAT = {"data_format": "channels_first"}

CASES = [
    LayerCase("ZeroPadding1D", "plain", {}, (STEPS,), unknown=(1, 2)),
    LayerCase(
        "ZeroPadding1D", "everything", {"padding": [0, 2], **FORMAT}, (STEPS_FIRST,), unknown=(1, 2)
    ),
    LayerCase("ZeroPadding2D", "plain", {}, (IMAGE,), unknown=(1, 2, 3)),
    LayerCase("ZeroPadding2D", "symmetric", {"padding": [2, 1]}, (integers(-5, 6, 2, 3, 4, 3),)),
    LayerCase(
        "ZeroPadding2D", "everything", {"padding": [[1, 0], [2, 3]], **FORMAT}, (FIRST,), unknown=(2, 3)
    ),
    LayerCase("ZeroPadding3D", "plain", {}, (VOLUME,), unknown=(1, 2, 3)),
    LayerCase(
        "ZeroPadding3D", "everything", {"padding": [[1, 0], [0, 2], [1, 1]], **FORMAT}, (VOLUME_FIRST,)
    ),
    LayerCase("Cropping1D", "plain", {}, (STEPS,), unknown=(1, 2)),
    LayerCase("Cropping1D", "everything", {"cropping": [0, 2]}, (STEPS,), unknown=(1,)),
    LayerCase("Cropping2D", "plain", {}, (IMAGE,), unknown=(1, 2, 3)),
    LayerCase("Cropping2D", "symmetric", {"cropping": [2, 1]}, (integers(-5, 6, 2, 5, 4, 3),)),
    LayerCase(
        "Cropping2D", "everything", {"cropping": [[1, 0], [2, 3]], **FORMAT}, (FIRST,), unknown=(2, 3)
    ),
    LayerCase("Cropping3D", "plain", {}, (VOLUME,), unknown=(1, 2, 3)),
    LayerCase(
        "Cropping3D", "everything", {"cropping": [[1, 0], [0, 2], [1, 1]], **FORMAT}, (VOLUME_FIRST,)
    ),
]  # fmt: skip
