"""Cases of the normalisations of each example by itself, and of a layer's kernel."""

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import bools, normal

IMAGE, FIRST, STEPS, ROWS = normal(2, 3, 2, 6), normal(2, 6, 3, 2), normal(2, 4, 3), normal(3, 6)
WEIGHTS = {
    "beta_initializer": "ones",
    "gamma_initializer": {"class_name": "Constant", "config": {"value": 0.5}},
    "beta_constraint": "NonNeg",
    "gamma_constraint": {"class_name": "MinMaxNorm",
                         "config": {"min_value": 0.5, "max_value": 0.75, "rate": 0.5, "axis": 0}},
    "beta_regularizer": {"class_name": "L1L2", "config": {"l1": 0.125, "l2": 0.0}},
    "gamma_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.5}},
}  # fmt: skip
DENSE = {"class_name": "Dense", "config": {"units": 4, "name": "inner"}}

CASES = [
    LayerCase("LayerNormalization", "plain", {}, (STEPS,), (bools(2, 4),), unknown=(1,)),
    LayerCase("LayerNormalization", "axes", {"axis": [1, 3], "center": False}, (IMAGE,), unknown=(2,)),
    LayerCase("LayerNormalization", "middle", {"axis": 1, "scale": False}, (IMAGE,), unknown=(2, 3)),
    LayerCase("LayerNormalization", "everything", {"axis": 1, "epsilon": 0.25, **WEIGHTS}, (STEPS,)),
    LayerCase("GroupNormalization", "plain", {"groups": 3}, (IMAGE,), unknown=(1, 2)),
    LayerCase("GroupNormalization", "steps", {"groups": 1, "center": False}, (STEPS,), (bools(2, 4),)),
    LayerCase("GroupNormalization", "each", {"groups": -1, "axis": 1, "scale": False}, (FIRST,)),
    LayerCase(
        "GroupNormalization", "everything", {"groups": 2, "axis": 1, "epsilon": 0.25, **WEIGHTS}, (FIRST,)
    ),
    LayerCase("RMSNormalization", "plain", {}, (STEPS,), unknown=(1,)),
    LayerCase("RMSNormalization", "axes", {"axis": [2, 3], "epsilon": 0.25}, (IMAGE,), unknown=(1,)),
    LayerCase("UnitNormalization", "plain", {}, (STEPS,), (bools(2, 4),), unknown=(1, 2)),
    LayerCase("UnitNormalization", "axes", {"axis": [1, 2]}, (IMAGE,), unknown=(1, 2, 3)),
    LayerCase("SpectralNormalization", "plain", {"layer": DENSE, "power_iterations": 2}, (ROWS,)),
]
