"""Cases of the layers that act in training only."""

from typing import Any

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import bools, normal

STEPS, IMAGE, FIRST, SOLID = normal(2, 4, 3), normal(2, 4, 5, 6), normal(2, 6, 4, 5), normal(2, 3, 4, 5, 6)


def drawn(kind: str, config: dict[str, Any], x: Any = STEPS) -> LayerCase:
    """A layer while training, of whose draws only our other backend knows."""
    return LayerCase(
        kind, "everything", {**config, "seed": 3}, (x,), training=True, source="",
        because="every library draws its own numbers",
    )  # fmt: skip


CASES = [
    drawn("Dropout", {"rate": 0.25, "noise_shape": [None, 1, 3]}),
    drawn("AlphaDropout", {"rate": 0.25, "noise_shape": [None, 1, 3]}),
    drawn("GaussianDropout", {"rate": 0.25}),
    drawn("GaussianNoise", {"stddev": 0.25}),
    drawn("SpatialDropout1D", {"rate": 0.25}),
    drawn("SpatialDropout2D", {"rate": 0.25, "data_format": "channels_first"}, FIRST),
    drawn("SpatialDropout3D", {"rate": 0.25, "data_format": "channels_first"}, SOLID),
    LayerCase("Dropout", "plain", {"rate": 0.5}, (STEPS,), (bools(2, 4),), unknown=(1, 2)),
    LayerCase("AlphaDropout", "plain", {"rate": 0.5}, (STEPS,), (bools(2, 4),), unknown=(1, 2)),
    LayerCase("GaussianNoise", "plain", {"stddev": 0.5}, (STEPS,), (bools(2, 4),), unknown=(1, 2)),
    LayerCase("SpatialDropout2D", "plain", {"rate": 0.5}, (IMAGE,), unknown=(1, 2, 3)),
]
