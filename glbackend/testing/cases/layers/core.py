"""Cases of the densely connected layer, and of the one that masks."""

import numpy as np

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import bools, integers, normal

ROWS, STEPS = normal(3, 6), normal(2, 4, 3)

# ints, as a step's float at the masked value has no slope
GAPS = np.where(bools(2, 4, 1, seed=3), integers(1, 4, 2, 4, 3), 0).astype(np.int32)

CASES = [
    LayerCase("Dense", "plain", {"units": 4}, (ROWS,)),
    LayerCase("Dense", "relu", {"units": 4, "activation": "relu"}, (ROWS,)),
    LayerCase("Dense", "softmax", {"units": 4, "activation": "softmax"}, (ROWS,)),
    LayerCase("Dense", "masked_steps", {"units": 4}, (STEPS,), masks=(bools(2, 4),), unknown=(1,)),
    LayerCase("Dense", "no_bias", {"units": 4, "use_bias": False}, (STEPS,), unknown=(1,)),
    LayerCase("Dense", "int32", {"units": 4}, (integers(-3, 4, 3, 6),)),
    LayerCase(
        "Dense",
        "everything",
        {
            "units": 4,
            "activation": "tanh",
            "kernel_initializer": {"class_name": "Constant", "config": {"value": 0.25}},
            "bias_initializer": "ones",
            "kernel_regularizer": {"class_name": "L1L2", "config": {"l1": 0.125, "l2": 0.5}},
            "bias_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.25}},
            "activity_regularizer": {"class_name": "L1L2", "config": {"l1": 0.5, "l2": 0.0}},
            "kernel_constraint": {"class_name": "MaxNorm", "config": {"max_value": 0.75, "axis": 1}},
            "bias_constraint": "NonNeg",
        },
        (ROWS,),
    ),
    LayerCase("Masking", "plain", {}, (GAPS,), (None,)),
    LayerCase("Masking", "value", {"mask_value": -1.0}, (GAPS - 1,), (None,), unknown=(1,)),
]
