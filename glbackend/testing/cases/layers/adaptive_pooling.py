"""Cases of the adaptive pools: windows side by side, windows that share places, windows of one place.

None is of a single window over everything: Keras 3.15 on TensorFlow raises an error there, or crashes.
"""

from glbackend.testing.cases.layers.pooling import (
    FIRST,
    IMAGE,
    STEPS,
    STEPS_FIRST,
    VOLUME,
    VOLUME_FIRST,
)
from glbackend.testing.layer_case import LayerCase

FORMAT = {"data_format": "channels_first"}

CASES = [
    case
    for kind in ("AdaptiveMaxPooling", "AdaptiveAveragePooling")
    for case in (
        LayerCase(f"{kind}1D", "shared", {"output_size": 3}, (STEPS,), unknown=(1,)),
        LayerCase(f"{kind}1D", "everything", {"output_size": [7], **FORMAT}, (STEPS_FIRST,), unknown=(2,)),
        LayerCase(f"{kind}2D", "shared", {"output_size": [2, 4]}, (IMAGE,), unknown=(1, 2)),
        LayerCase(f"{kind}2D", "everything", {"output_size": 3, **FORMAT}, (FIRST,), unknown=(2, 3)),
        LayerCase(f"{kind}3D", "shared", {"output_size": [2, 2, 3]}, (VOLUME,)),
        LayerCase(f"{kind}3D", "everything", {"output_size": 2, **FORMAT}, (VOLUME_FIRST,)),
    )
]
