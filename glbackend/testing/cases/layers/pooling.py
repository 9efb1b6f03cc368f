"""Cases of the pools by windows, in both data formats."""

from typing import Any

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import distinct

STEPS, STEPS_FIRST = distinct(2, 7, 3), distinct(2, 3, 7)
IMAGE, FIRST = distinct(2, 5, 6, 3), distinct(2, 3, 5, 6)
VOLUME, VOLUME_FIRST = distinct(1, 4, 5, 4, 3), distinct(1, 3, 4, 5, 4)
OTHER: dict[str, Any] = {"padding": "same", "data_format": "channels_first"}

CASES = [
    case
    for kind in ("MaxPooling", "AveragePooling")
    for case in (
        LayerCase(f"{kind}1D", "plain", {}, (STEPS,), unknown=(1,)),
        LayerCase(
            f"{kind}1D", "everything", {"pool_size": 3, "strides": 2, **OTHER}, (STEPS_FIRST,), unknown=(2,)
        ),
        LayerCase(f"{kind}2D", "plain", {}, (IMAGE,), unknown=(1, 2)),
        LayerCase(f"{kind}2D", "window", {"pool_size": [2, 3]}, (IMAGE,), unknown=(1, 2)),
        LayerCase(
            f"{kind}2D",
            "everything",
            {"pool_size": [3, 2], "strides": [1, 2], **OTHER},
            (FIRST,),
            unknown=(2, 3),
        ),
        LayerCase(f"{kind}3D", "plain", {}, (VOLUME,), unknown=(1, 2, 3)),
        LayerCase(
            f"{kind}3D",
            "everything",
            {"pool_size": [1, 3, 2], "strides": [2, 1, 2], **OTHER},
            (VOLUME_FIRST,),
        ),
    )
]
