"""Cases of the pools, whole and by windows, in both data formats."""

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import distinct

IMAGE, FIRST = distinct(2, 5, 6, 3), distinct(2, 3, 5, 6)
EVERYTHING = {"pool_size": [3, 2], "strides": [1, 2], "padding": "same", "data_format": "channels_first"}

CASES = [
    *(
        one
        for kind in ("MaxPooling2D", "AveragePooling2D")
        for one in (
            LayerCase(kind, "plain", {}, (IMAGE,), unknown=(1, 2)),
            LayerCase(kind, "window", {"pool_size": [2, 3]}, (IMAGE,), unknown=(1, 2)),
            LayerCase(kind, "everything", EVERYTHING, (FIRST,), unknown=(2, 3)),
        )
    ),
    *(
        one
        for kind in ("GlobalMaxPooling2D", "GlobalAveragePooling2D")
        for one in (
            LayerCase(kind, "plain", {}, (IMAGE,), unknown=(1, 2)),
            LayerCase(kind, "first", {"data_format": "channels_first"}, (FIRST,), unknown=(2, 3)),
            LayerCase(kind, "keepdims", {"keepdims": True}, (IMAGE,), unknown=(1, 2)),
        )
    ),
]
