"""Cases of the dense layer over any axes."""

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import normal

STEPS, IMAGE = normal(2, 4, 3), normal(2, 4, 3, 5)

CASES = [
    LayerCase(
        "EinsumDense", "plain", {"equation": "abc,cd->abd", "output_shape": [None, 5]}, (STEPS,), unknown=(1,)
    ),
    LayerCase("EinsumDense", "first", {"equation": "...x,xy->...y", "output_shape": 4}, (IMAGE,)),
    LayerCase(
        "EinsumDense",
        "last",
        {"equation": "ab...,bcd->acd...", "output_shape": [3, 2], "bias_axes": "cd"},
        (STEPS,),
        unknown=(2,),
    ),
    LayerCase(
        "EinsumDense",
        "everything",
        {
            "equation": "abc,bde->adec",
            "output_shape": [2, 5, None],
            "bias_axes": "e",
            "activation": "tanh",
            "kernel_initializer": {"class_name": "Constant", "config": {"value": 0.25}},
            "bias_initializer": "ones",
            "kernel_regularizer": {"class_name": "L1L2", "config": {"l1": 0.125, "l2": 0.5}},
            "bias_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.25}},
            "activity_regularizer": {"class_name": "L1L2", "config": {"l1": 0.5, "l2": 0.0}},
            "kernel_constraint": {"class_name": "MaxNorm", "config": {"max_value": 0.75, "axis": 1}},
            "bias_constraint": "NonNeg",
        },
        (STEPS,),
    ),
]
