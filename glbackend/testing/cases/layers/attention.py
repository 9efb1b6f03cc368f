"""Cases of attention: one head and several, masks, keys that are not the values, axes, windows."""

import numpy as np

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import normal

QUERIES, VALUES, KEYS = normal(2, 3, 4), normal(2, 5, 4, seed=1), normal(2, 5, 4, seed=2)
SMALL = normal(2, 5, 3, seed=3)
PAIR, TRIPLE = (QUERIES, VALUES), (QUERIES, VALUES, KEYS)
MASKS = (
    np.array([[True, False, True], [True, True, False]]),
    np.array([[True, True, False, True, False], [False, True, True, True, True]]),
)
IMAGE = normal(2, 3, 2, 4)
WEIGHTS = {
    "kernel_initializer": {"class_name": "Constant", "config": {"value": 0.25}},
    "bias_initializer": "ones",
    "kernel_regularizer": {"class_name": "L1L2", "config": {"l1": 0.125, "l2": 0.5}},
    "bias_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.25}},
    "activity_regularizer": {"class_name": "L1L2", "config": {"l1": 0.5, "l2": 0.0}},
    "kernel_constraint": {"class_name": "MaxNorm", "config": {"max_value": 0.75, "axis": 1}},
    "bias_constraint": "NonNeg",
    "seed": 3,
}
GROUPS = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}

CASES = [
    LayerCase("Attention", "plain", {}, PAIR, unknown=(1,)),
    LayerCase("Attention", "masked", {"use_scale": True}, TRIPLE, (*MASKS, None)),
    LayerCase("Attention", "concat", {"score_mode": "concat", "use_scale": True}, PAIR, MASKS),
    LayerCase("Attention", "dropped", {"dropout": 0.25, "seed": 3}, TRIPLE, unknown=(1,)),
    LayerCase("AdditiveAttention", "plain", {}, TRIPLE, (*MASKS, None)),
    LayerCase("AdditiveAttention", "bare", {"use_scale": False, "dropout": 0.25, "seed": 3}, PAIR),
    LayerCase("MultiHeadAttention", "plain", {"num_heads": 2, "key_dim": 3}, PAIR, unknown=(1,)),
    LayerCase("MultiHeadAttention", "masked", {"num_heads": 3, "key_dim": 2}, TRIPLE, (*MASKS, None)),
    LayerCase(
        "MultiHeadAttention",
        "axes",
        {"num_heads": 2, "key_dim": 3, "attention_axes": [2], "value_dim": 5, "use_bias": False},
        (IMAGE, IMAGE),
    ),
    LayerCase("MultiHeadAttention", "two_axes", {"num_heads": 2, "key_dim": 3}, (IMAGE, IMAGE)),
    LayerCase(
        "MultiHeadAttention",
        "everything",
        {
            "num_heads": 2, "key_dim": 3, "value_dim": 2, "output_shape": [3, 2], "sliding_window": 2,
            "use_gate": True, "dropout": 0.25, **WEIGHTS,
        },
        (QUERIES, VALUES, SMALL),
        (*MASKS, None),
    ),
    LayerCase("GroupQueryAttention", "plain", GROUPS, PAIR, unknown=(1,)),
    LayerCase("GroupQueryAttention", "masked", {**GROUPS, "use_bias": False}, TRIPLE, (*MASKS, None)),
    LayerCase(
        "GroupQueryAttention",
        "everything",
        {**GROUPS, "sliding_window": 2, "use_gate": True, "dropout": 0.25, **WEIGHTS},
        PAIR,
    ),
]  # fmt: skip
