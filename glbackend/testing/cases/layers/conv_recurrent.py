"""Cases of the convolutional LSTMs: ranks, data formats, masks, states, every option."""

from typing import Any

from glbackend.testing.cases.layers.recurrent import MASK, SWITCHES, WEIGHTS
from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import Array, normal

IMAGES = normal(2, 4, 5, 4, 2)
STATES = (normal(2, 3, 2, 3), normal(2, 3, 2, 3, seed=1))
_PLAIN: dict[str, Any] = {"filters": 3, "kernel_size": 3, "recurrent_activation": "sigmoid"}
_OPTIONS: dict[str, Any] = {
    "filters": 3, "strides": 2, "padding": "same", "data_format": "channels_first", "activation": "relu",
    "recurrent_activation": "sigmoid", "unit_forget_bias": True, "implementation": 1, **WEIGHTS, **SWITCHES,
    "activity_regularizer": {"class_name": "L1L2", "config": {"l1": 0.5, "l2": 0.0}},
}  # fmt: skip


def _of(kind: str, first: Array, last: Array, kernel: list[int]) -> list[LayerCase]:
    """Of each rank: every option, with the channels first; masks, dilated windows and no bias."""
    config = {**_OPTIONS, "kernel_size": kernel, "batch_input_shape": first.shape}
    masked = {
        **_PLAIN, "kernel_size": 2, "dilation_rate": 2, "use_bias": False, "return_sequences": True,
        "zero_output_for_mask": True,
    }  # fmt: skip
    mask = (MASK[0][:, : last.shape[1]],)
    return [
        LayerCase(kind, "masked_zero", masked, (last,), mask),
        LayerCase(kind, "everything", config, (first,), calls=2),
    ]


CASES = [
    LayerCase("ConvLSTM2D", "plain", _PLAIN, (IMAGES,), unknown=(1,)),
    LayerCase(
        "ConvLSTM2D", "masked", {**_PLAIN, "padding": "same", "return_sequences": True}, (IMAGES,), MASK
    ),
    LayerCase("ConvLSTM2D", "begun", _PLAIN, (IMAGES, *STATES)),
    *_of("ConvLSTM1D", normal(2, 2, 2, 5), normal(2, 3, 6, 2), [3]),
    *_of("ConvLSTM2D", normal(2, 2, 2, 5, 4), IMAGES, [3, 2]),
    *_of("ConvLSTM3D", normal(2, 2, 2, 3, 4, 3), normal(2, 2, 3, 4, 3, 2), [2, 3, 1]),
]
