"""Cases of the layers that only move values."""

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import bools, integers, normal

IMAGE, FIRST, STEPS, ROWS = normal(2, 5, 6, 3), normal(2, 3, 5, 6), normal(2, 4, 3), normal(3, 6)

CASES = [
    LayerCase("Flatten", "plain", {}, (IMAGE,)),
    LayerCase("Flatten", "masked", {}, (STEPS,), (bools(2, 4),)),
    LayerCase("Flatten", "first", {"data_format": "channels_first"}, (FIRST,)),
    LayerCase("Reshape", "plain", {"target_shape": [6, 2]}, (STEPS,)),
    LayerCase("Reshape", "what_is_left", {"target_shape": [-1, 9]}, (IMAGE,)),
    LayerCase("Reshape", "int32", {"target_shape": [3, 4]}, (integers(-9, 9, 2, 4, 3),)),
    LayerCase("Permute", "plain", {"dims": [2, 1]}, (STEPS,), unknown=(1, 2)),
    LayerCase("Permute", "three", {"dims": [3, 1, 2]}, (IMAGE,), unknown=(1, 2, 3)),
    LayerCase("RepeatVector", "plain", {"n": 4}, (ROWS,), unknown=(1,)),
]
