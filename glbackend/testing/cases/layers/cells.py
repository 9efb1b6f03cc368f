"""Cases of the cells, each driven over a sequence by `rnn`."""

from glbackend.testing.cases.layers.recurrent import HARD, OPTIONS, STEPS
from glbackend.testing.layer_case import LayerCase

_STACK = [
    {"class_name": "LSTMCell", "config": {"units": 5, "use_bias": False}},
    {"class_name": "GRUCell", "config": {"units": 4, "use_bias": False}},
    {"class_name": "SimpleRNNCell", "config": {"units": 3, "use_bias": False}},
]

CASES = [
    *(
        LayerCase("RNN", f"{kind}Cell", {"cell": {"class_name": f"{kind}Cell", "config": options}}, (STEPS,))
        for kind, options in OPTIONS.items()
    ),
    LayerCase(
        "RNN",
        "StackedRNNCells",
        {"cell": {"class_name": "StackedRNNCells", "config": {"cells": _STACK}}, "return_sequences": True},
        (STEPS,),
        unknown=(1,),
        source="tf_keras",
        because=HARD,
    ),
]
