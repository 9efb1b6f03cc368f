"""Cases of the layers that are a function, or say what their inputs cost."""

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import bools, integers, normal

STEPS, MASK = normal(2, 4, 3), (bools(2, 4),)

CASES = [
    LayerCase("Identity", "masked", {}, (STEPS,), MASK, unknown=(1, 2)),
    LayerCase("Identity", "int32", {}, (integers(-9, 9, 2, 4),)),
    LayerCase("ActivityRegularization", "both", {"l1": 0.5, "l2": 0.25}, (STEPS,), MASK, unknown=(1, 2)),
]
