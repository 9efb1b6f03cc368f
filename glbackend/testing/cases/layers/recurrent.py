"""Cases of the recurrent layers: masks, directions, states given, handed out and kept."""

from typing import Any

import numpy as np

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import normal

STEPS, STATES = normal(2, 4, 3), (normal(2, 5), normal(2, 5, seed=1))
MASK = (np.array([[True, False, True, True], [False, True, True, False]]),)
HARD = "Keras 3 has another hard sigmoid"
WEIGHTS: dict[str, Any] = {
    "kernel_initializer": {"class_name": "Constant", "config": {"value": 0.125}},
    "recurrent_initializer": {"class_name": "Constant", "config": {"value": 0.25}},
    "bias_initializer": {"class_name": "Constant", "config": {"value": 0.5}},
    "kernel_regularizer": {"class_name": "L1L2", "config": {"l1": 0.5, "l2": 0.0}},
    "recurrent_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.25}},
    "bias_regularizer": {"class_name": "L1L2", "config": {"l1": 0.125, "l2": 0.0}},
    "kernel_constraint": {"class_name": "MaxNorm", "config": {"max_value": 0.75, "axis": 0}},
    "recurrent_constraint": {"class_name": "UnitNorm", "config": {"axis": 0}},
    "bias_constraint": "NonNeg",
    "dropout": 0.25,
    "recurrent_dropout": 0.5,
}
SWITCHES: dict[str, Any] = {
    "return_sequences": True,
    "return_state": True,
    "go_backwards": True,
    "stateful": True,
    "unroll": True,
    "batch_input_shape": [2, 4, 3],
}
OPTIONS: dict[str, dict[str, Any]] = {  # of the cells, none at its default
    "SimpleRNN": {"units": 5, "activation": "relu", **WEIGHTS},
    "LSTM": {
        "units": 5, "activation": "softsign", "recurrent_activation": "sigmoid", "unit_forget_bias": True,
        "implementation": 1, **WEIGHTS,
    },
    "GRU": {
        "units": 5, "activation": "relu", "recurrent_activation": "sigmoid", "reset_after": True,
        "implementation": 1, **WEIGHTS,
    },
}  # fmt: skip


def _of(kind: str) -> list[LayerCase]:
    """The cases of one class; those with gates at their defaults have a source that knows the same ones."""
    gated = kind != "SimpleRNN"
    plain: dict[str, Any] = {"source": "tf_keras", "because": HARD} if gated else {}
    masked: dict[str, Any] = {"source": "tf_keras", "because": "Keras 3 drops the mask beside initial states"}
    states = STATES if kind == "LSTM" else STATES[:1]
    sigmoid = {"recurrent_activation": "sigmoid"} if gated else {}
    config = {"units": 5, **sigmoid}
    return [
        LayerCase(kind, "plain", {"units": 5}, (STEPS,), unknown=(1,), **plain),
        LayerCase(
            kind, "masked", {**config, "return_sequences": True}, (STEPS,), MASK, unknown=(1,)
        ),
        LayerCase(
            kind, "masked_zero", {**config, "return_sequences": True, "zero_output_for_mask": True},
            (STEPS,), MASK,
        ),
        LayerCase(
            kind, "masked_backwards",
            {**config, "go_backwards": True, "return_state": True, "use_bias": False}, (STEPS,), MASK,
        ),
        LayerCase(kind, "begun", config, (STEPS, *states), (*MASK, *(None for _ in states)), **masked),
        LayerCase(
            kind, "everything",
            {
                **OPTIONS[kind], **SWITCHES,
                "activity_regularizer": {"class_name": "L1L2", "config": {"l1": 0.5, "l2": 0.0}},
            },
            (STEPS,), calls=2,
        ),
    ]  # fmt: skip


CASES = [
    *(one for kind in OPTIONS for one in _of(kind)),
    LayerCase(
        "RNN", "everything", {"cell": {"class_name": "SimpleRNNCell", "config": {"units": 5}}, **SWITCHES},
        (STEPS,), calls=2,
    ),
    LayerCase(
        "RNN", "masked_zero",
        {"cell": {"class_name": "SimpleRNNCell", "config": {"units": 5}}, "zero_output_for_mask": True},
        (STEPS,), MASK,
    ),
]  # fmt: skip
