"""Cases of the layers that are an activation."""

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import bools, distinct, normal

STEPS, MASK = distinct(2, 4, 3), (bools(2, 4),)
IMAGE = normal(2, 5, 6, 3)

CASES = [
    LayerCase("Activation", "tanh", {"activation": "tanh"}, (STEPS,), MASK, unknown=(1, 2)),
    LayerCase(
        "Activation",
        "hard_sigmoid",
        {"activation": "hardSigmoid"},
        (STEPS,),
        source="tf_keras",
        because="Keras 3 has another slope",
    ),
    LayerCase("ReLU", "plain", {}, (STEPS,), MASK, unknown=(1, 2)),
    LayerCase("ReLU", "cut", {"max_value": 0.55}, (STEPS,)),
    LayerCase("ReLU", "leaky", {"max_value": 0.55, "negative_slope": 0.25}, (STEPS,)),
    LayerCase("ReLU", "threshold", {"threshold": 0.33}, (STEPS,)),
    LayerCase("ReLU", "everything", {"max_value": 0.75, "negative_slope": 0.5, "threshold": 0.33}, (STEPS,)),
    LayerCase("LeakyReLU", "plain", {}, (STEPS,), MASK, unknown=(1, 2)),
    LayerCase("LeakyReLU", "alpha", {"alpha": 0.125}, (STEPS,)),
    LayerCase("ELU", "plain", {}, (STEPS,), MASK, unknown=(1, 2)),
    LayerCase("ELU", "alpha", {"alpha": 0.5}, (STEPS,)),
    *(
        LayerCase(
            "ThresholdedReLU", name, config, (STEPS,), MASK, unknown=(1, 2), source="tf_keras",
            because="Keras 3 has no such layer",
        )
        for name, config in (("plain", {}), ("theta", {"theta": 0.33}))
    ),
    LayerCase("Softmax", "plain", {}, (IMAGE,), unknown=(1, 2, 3)),
    LayerCase("Softmax", "axis", {"axis": 1}, (IMAGE,)),
    LayerCase("Softmax", "axes", {"axis": [1, -1]}, (IMAGE,)),
    LayerCase("PReLU", "plain", {}, (STEPS,), MASK),
    LayerCase(
        "PReLU",
        "everything",
        {
            "alpha_initializer": {"class_name": "Constant", "config": {"value": 0.25}},
            "alpha_regularizer": {"class_name": "L1L2", "config": {"l1": 0.125, "l2": 0.5}},
            "alpha_constraint": "NonNeg",
            "shared_axes": [1, 2],
        },
        (IMAGE,),
    ),
]  # fmt: skip
