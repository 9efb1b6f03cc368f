"""Cases of the convolutions: strides, dilations, paddings, groups, both data formats."""

from typing import Any

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import normal

STEPS, IMAGE, VOLUME = normal(2, 7, 4), normal(2, 5, 6, 3), normal(2, 4, 5, 4, 4)
STEPS_FIRST, FIRST, VOLUME_FIRST = normal(2, 4, 7), normal(2, 3, 5, 6), normal(2, 4, 4, 5, 4)
BIAS: dict[str, Any] = {
    "bias_initializer": {"class_name": "Constant", "config": {"value": 0.125}},
    "bias_regularizer": {"class_name": "L1L2", "config": {"l1": 0.25, "l2": 0.0}},
    "bias_constraint": "NonNeg",
    "activity_regularizer": {"class_name": "L1L2", "config": {"l1": 0.5, "l2": 0.0}},
}


def kernel(name: str, value: float = 0.5) -> dict[str, Any]:
    """The recipe of a weight, none of it a default."""
    return {
        f"{name}_initializer": {"class_name": "Constant", "config": {"value": value}},
        f"{name}_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.5}},
        f"{name}_constraint": {"class_name": "UnitNorm", "config": {"axis": [0, 1]}},
    }


CASES = [
    LayerCase("Conv1D", "plain", {"filters": 4, "kernel_size": 3}, (STEPS,), unknown=(1,)),
    LayerCase(
        "Conv1D",
        "causal",
        {"filters": 3, "kernel_size": [2], "padding": "causal", "dilation_rate": 2, "activation": "relu"},
        (STEPS,),
        unknown=(1,),
    ),
    LayerCase(
        "Conv1D", "grouped", {"filters": 6, "kernel_size": 3, "groups": 2, "use_bias": False}, (STEPS,)
    ),
    LayerCase(
        "Conv1D",
        "everything",
        {
            "filters": 8,  # Keras adds the bias along the wrong axis where the output is as long
            "kernel_size": 2,
            "strides": 2,
            "padding": "same",
            "data_format": "channels_first",
            "groups": 4,
            "activation": "sigmoid",
            **kernel("kernel"),
            **BIAS,
        },
        (STEPS_FIRST,),
        unknown=(2,),
    ),
    LayerCase("Conv2D", "plain", {"filters": 4, "kernel_size": 3}, (IMAGE,), unknown=(1, 2)),
    LayerCase(
        "Conv2D",
        "strided",
        {"filters": 4, "kernel_size": [3, 2], "strides": 2, "padding": "same", "activation": "relu"},
        (IMAGE,),
        unknown=(1, 2),
    ),
    LayerCase(
        "Conv2D",
        "dilated",
        {"filters": 4, "kernel_size": [2, 3], "dilation_rate": 2, "use_bias": False, "activation": "tanh"},
        (IMAGE,),
        unknown=(1, 2),
    ),
    LayerCase(
        "Conv2D",
        "few_groups",
        {"filters": 6, "kernel_size": [2, 1], "groups": 2, "activation": "relu"},
        (normal(2, 3, 4, 8),),
        unknown=(1, 2),
    ),
    LayerCase(
        "Conv2D",
        "many_groups",
        {"filters": 8, "kernel_size": 2, "groups": 4, "data_format": "channels_first", "dilation_rate": 2},
        (normal(2, 8, 3, 4),),
        unknown=(2, 3),
    ),
    LayerCase(
        "Conv2D",
        "everything",
        {
            "filters": 4,
            "kernel_size": [3, 2],
            "strides": [2, 1],
            "padding": "same",
            "data_format": "channels_first",
            "activation": "sigmoid",
            **kernel("kernel"),
            **BIAS,
        },
        (FIRST,),
        unknown=(2, 3),
    ),
    LayerCase(
        "Conv3D",
        "plain",
        {"filters": 3, "kernel_size": [2, 3, 1], "activation": "relu"},
        (VOLUME,),
        unknown=(1, 2, 3),
    ),
    LayerCase(
        "Conv3D",
        "dilated",
        {"filters": 2, "kernel_size": 2, "dilation_rate": [1, 2, 2], "padding": "same", "use_bias": False},
        (VOLUME,),
    ),
    LayerCase(
        "Conv3D",
        "many_groups",
        {"filters": 8, "kernel_size": [3, 2, 1], "strides": [2, 1, 1], "padding": "same", "groups": 4},
        (VOLUME,),
        unknown=(1, 2, 3),
    ),
    LayerCase(
        "Conv3D",
        "everything",
        {
            "filters": 4,
            "kernel_size": 2,
            "strides": 2,
            "padding": "same",
            "data_format": "channels_first",
            "groups": 2,
            "activation": "sigmoid",
            **kernel("kernel"),
            **BIAS,
        },
        (VOLUME_FIRST,),
    ),
]
