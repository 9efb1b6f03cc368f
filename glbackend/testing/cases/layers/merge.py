"""Cases of the layers over several inputs: equal shapes, dims of 1, fewer dims, masks."""

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import bools, normal

STEPS = tuple(normal(2, 4, 3, seed=seed) for seed in range(3))
MASKS = (bools(2, 4, seed=1), None, bools(2, 4, seed=2))
WHY = "Keras 3 joins masks by or"
_several = ("Add", "Multiply", "Average", "Maximum", "Minimum")

CASES = [
    *(LayerCase(kind, "two", {}, STEPS[:2], unknown=(1,)) for kind in (*_several, "Subtract", "Concatenate")),
    *(
        LayerCase(kind, "three_masked", {}, STEPS, MASKS, unknown=(1,), source="tf_keras", because=WHY)
        for kind in (*_several, "Concatenate")
    ),
    *(
        LayerCase(kind, "repeated", {}, (STEPS[0], normal(2, 1, 3, seed=4)))
        for kind in (*_several, "Subtract")
    ),
    LayerCase("Add", "fewer_dims", {}, (STEPS[0], normal(2, 3, seed=5))),
    LayerCase("Concatenate", "axis", {"axis": 1}, (STEPS[0], normal(2, 2, 3)), unknown=(1,)),
    LayerCase(
        "Concatenate", "axis_masked", {"axis": 1}, (STEPS[0], normal(2, 2, 3)),
        (bools(2, 4, seed=1), bools(2, 2, seed=2)), source="tf_keras", because=WHY,
    ),
    LayerCase("Dot", "vectors", {"axes": 1}, (normal(2, 5), normal(2, 5, seed=1))),
    LayerCase("Dot", "cosines", {"axes": -1, "normalize": True}, (STEPS[0], normal(2, 2, 3)), unknown=(1,)),
    LayerCase("Dot", "two_axes", {"axes": [1, 2]}, (STEPS[0], normal(2, 2, 4))),
    LayerCase("Dot", "four_dims", {"axes": [2, 3]}, (normal(2, 3, 4, 2), normal(2, 3, 2, 4))),
]  # fmt: skip
