"""Cases of the layers around layers: merge modes, masks, first and last states, models within."""

from typing import Any

import numpy as np

from glbackend.testing.cases.layers.recurrent import MASK
from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import normal

STEPS, IMAGES = normal(2, 4, 3), normal(2, 3, 5, 4, 2)
HALVES = tuple(normal(2, 5, seed=seed) for seed in range(4))


def _within(class_name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": class_name, "config": config}


def _both(name: str, kind: str, merge_mode: str | None = "concat", **config: Any) -> LayerCase:
    """A bidirectional layer without a mask."""
    sigmoid = {} if kind == "SimpleRNN" else {"recurrent_activation": "sigmoid"}
    inner = _within(kind, units=5, **sigmoid, **config)
    return LayerCase(
        "Bidirectional", name, {"layer": inner, "merge_mode": merge_mode}, (STEPS,), unknown=(1,)
    )


_GRU = _within(
    "GRU", units=5, return_sequences=True, zero_output_for_mask=True, recurrent_activation="sigmoid"
)

CASES = [
    _both("plain", "LSTM"),
    _both("sum", "GRU", "sum", return_sequences=True, reset_after=True),
    _both("ave", "SimpleRNN", "ave", return_sequences=True),
    _both("mul_states", "SimpleRNN", "mul", return_state=True),
    _both("apart", "LSTM", None, return_sequences=True, return_state=True),
    LayerCase(
        "Bidirectional", "begun", {"layer": _within("LSTM", units=5, recurrent_activation="sigmoid")},
        (STEPS, *HALVES),
    ),
    LayerCase(
        "Bidirectional", "stateful",
        {
            "layer": _within("SimpleRNN", units=5, stateful=True),
            "backward_layer": _within(
                "SimpleRNN", units=4, stateful=True, go_backwards=True, activation="relu"
            ),
            "batch_input_shape": [2, 4, 3],
        },
        (STEPS,), calls=2,
    ),
    LayerCase("Bidirectional", "masked", {"layer": _within("LSTM", units=5, recurrent_activation="sigmoid")},
              (STEPS,), MASK),
    LayerCase("Bidirectional", "masked_steps", {"layer": _GRU, "merge_mode": "sum"}, (STEPS,), MASK),
    LayerCase("TimeDistributed", "dense", {"layer": _within("Dense", units=4, activation="tanh")}, (STEPS,),
              (np.array([[True, False, True, True], [False, True, True, False]]),), unknown=(1,)),
    LayerCase("TimeDistributed", "conv", {"layer": _within("Conv2D", filters=3, kernel_size=3)}, (IMAGES,),
              unknown=(1,)),
]  # fmt: skip
