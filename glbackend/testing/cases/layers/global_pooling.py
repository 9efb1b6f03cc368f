"""Cases of the pools over all of space, in both data formats; masks."""

from glbackend.testing.cases.layers.pooling import (
    FIRST,
    IMAGE,
    STEPS,
    STEPS_FIRST,
    VOLUME,
    VOLUME_FIRST,
)
from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import bools

EVERYTHING = {"data_format": "channels_first", "keepdims": True}
INPUTS = ((STEPS, STEPS_FIRST), (IMAGE, FIRST), (VOLUME, VOLUME_FIRST))
MASK = (bools(2, 7, seed=1),)

CASES = [
    *(
        case
        for kind in ("GlobalMaxPooling", "GlobalAveragePooling")
        for rank, (last, first) in enumerate(INPUTS, 1)
        for case in (
            LayerCase(f"{kind}{rank}D", "plain", {}, (last,), unknown=tuple(range(1, rank + 1))),
            LayerCase(
                f"{kind}{rank}D", "everything", EVERYTHING, (first,), unknown=tuple(range(2, rank + 2))
            ),
        )
    ),
    LayerCase("GlobalAveragePooling1D", "masked", {}, (STEPS,), MASK, unknown=(1,)),
    LayerCase("GlobalAveragePooling1D", "masked_first", EVERYTHING, (STEPS_FIRST,), MASK),
]
