"""Cases of the layers that act in training only."""

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import bools, normal

STEPS = normal(2, 4, 3)

CASES = [
    LayerCase(
        "Dropout",
        "everything",
        {"rate": 0.25, "noise_shape": [None, 1, 3], "seed": 3},
        (STEPS,),
        training=True,
        source="",
        because="every library draws its own numbers",
    ),
    LayerCase("Dropout", "plain", {"rate": 0.5}, (STEPS,), (bools(2, 4),), unknown=(1, 2)),
]
