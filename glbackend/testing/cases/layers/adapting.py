"""Cases of the layers that may learn from data before training, here with what they would have learned."""

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import bools, integers, normal

STEPS, IMAGE, VALUES = normal(2, 4, 3), normal(2, 3, 4, 3), integers(-2, 4, 3, 4)
NUMBERS = integers(-50, 50, 3, 4)
CUTS = {"bin_boundaries": [-1.0, 0.0, 0.5, 2.0]}

CASES = [
    LayerCase("Normalization", "learned", {}, (STEPS,), (bools(2, 4),), unknown=(1,)),
    LayerCase("Normalization", "axes", {"axis": [1, 3]}, (IMAGE,), unknown=(2,)),
    LayerCase(
        "Normalization",
        "given",
        {"mean": [1.0, 2.0, 0.0], "variance": [4.0, 0.25, 1.0]},
        (STEPS,),
        unknown=(1,),
    ),
    LayerCase(
        "Normalization", "back", {"axis": None, "mean": 3.0, "variance": 4.0, "invert": True}, (STEPS,)
    ),
    LayerCase("Discretization", "int", {**CUTS, "num_bins": 9}, (VALUES,), unknown=(1,)),
    *(
        LayerCase("Discretization", mode, {**CUTS, "output_mode": mode, "epsilon": 0.05}, (VALUES,))
        for mode in ("one_hot", "multi_hot", "count")
    ),
    LayerCase("Hashing", "int", {"num_bins": 7}, (NUMBERS,), unknown=(1,)),
    LayerCase(
        "Hashing", "masked", {"num_bins": 7, "mask_value": -23, "output_mode": "multi_hot"}, (NUMBERS,)
    ),
    LayerCase("HashedCrossing", "int", {"num_bins": 1000}, (NUMBERS[:, :1], NUMBERS[:, 1:2])),
    LayerCase(
        "HashedCrossing",
        "vectors",
        {"num_bins": 9, "output_mode": "one_hot"},
        (NUMBERS[:, 0], NUMBERS[:, 1]),
    ),
    LayerCase("Hashing", "salted", {"num_bins": 1000, "salt": [3, 4]}, (NUMBERS,)),
]
