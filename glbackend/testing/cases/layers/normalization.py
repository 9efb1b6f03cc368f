"""Cases of the normalisations, by moving moments and, while training, by the batch's own."""

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import bools, normal

IMAGE, STEPS = normal(2, 5, 6, 3), normal(2, 4, 3)

CASES = [
    LayerCase("BatchNormalization", "plain", {}, (IMAGE,), unknown=(1, 2)),
    LayerCase("BatchNormalization", "masked", {}, (STEPS,), (bools(2, 4),), unknown=(1,)),
    LayerCase(
        "BatchNormalization", "training", {"momentum": 0.75}, (IMAGE,), training=True, unknown=(1, 2)
    ),
    LayerCase("BatchNormalization", "only_shifted", {"scale": False, "epsilon": 0.125}, (STEPS,)),
    LayerCase(
        "BatchNormalization", "only_scaled", {"center": False, "axis": 1}, (STEPS,), training=True
    ),
    LayerCase(
        "BatchNormalization",
        "everything",
        {
            "axis": 1,
            "momentum": 0.5,
            "epsilon": 0.25,
            "beta_initializer": "ones",
            "gamma_initializer": {"class_name": "Constant", "config": {"value": 0.5}},
            "moving_mean_initializer": {"class_name": "Constant", "config": {"value": 0.25}},
            "moving_variance_initializer": {"class_name": "Constant", "config": {"value": 2.0}},
            "beta_constraint": "NonNeg",
            "gamma_constraint": {"class_name": "MinMaxNorm",
                                 "config": {"min_value": 0.5, "max_value": 0.75, "rate": 0.5, "axis": 0}},
            "beta_regularizer": {"class_name": "L1L2", "config": {"l1": 0.125, "l2": 0.0}},
            "gamma_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.5}},
            "synchronized": True,
        },
        (IMAGE,),
    ),
]  # fmt: skip
