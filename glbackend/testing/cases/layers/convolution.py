"""Cases of the convolutions: strides, dilations, paddings, both data formats."""

from typing import Any

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import normal

IMAGE, FIRST = normal(2, 5, 6, 3), normal(2, 3, 5, 6)
_BIAS: dict[str, Any] = {
    "bias_initializer": {"class_name": "Constant", "config": {"value": 0.125}},
    "bias_regularizer": {"class_name": "L1L2", "config": {"l1": 0.25, "l2": 0.0}},
    "bias_constraint": "NonNeg",
}


def _kernel(name: str) -> dict[str, Any]:
    return {
        f"{name}_initializer": {"class_name": "Constant", "config": {"value": 0.5}},
        f"{name}_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.5}},
        f"{name}_constraint": {"class_name": "UnitNorm", "config": {"axis": [0, 1]}},
    }


CASES = [
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
        "everything",
        {
            "filters": 4,
            "kernel_size": [3, 2],
            "strides": [2, 1],
            "padding": "same",
            "data_format": "channels_first",
            "activation": "sigmoid",
            "activity_regularizer": {"class_name": "L1L2", "config": {"l1": 0.5, "l2": 0.0}},
            **_kernel("kernel"),
            **_BIAS,
        },
        (FIRST,),
        unknown=(2, 3),
    ),
    LayerCase("DepthwiseConv2D", "plain", {"kernel_size": 3}, (IMAGE,), unknown=(1, 2)),
    LayerCase(
        "DepthwiseConv2D",
        "strided",
        {"kernel_size": [3, 2], "strides": 2, "padding": "same", "depth_multiplier": 2, "activation": "relu"},
        (IMAGE,),
        unknown=(1, 2),
    ),
    LayerCase(
        "DepthwiseConv2D",
        "dilated",
        {"kernel_size": [2, 3], "dilation_rate": 2, "use_bias": False, "activation": "tanh"},
        (IMAGE,),
        unknown=(1, 2),
    ),
    LayerCase(
        "DepthwiseConv2D",
        "everything",
        {
            "kernel_size": [3, 2],
            "strides": 2,
            "padding": "same",
            "depth_multiplier": 2,
            "data_format": "channels_first",
            "activation": "sigmoid",
            **_kernel("depthwise"),
            **_BIAS,
            "activity_regularizer": {"class_name": "L1L2", "config": {"l1": 0.5, "l2": 0.0}},
        },
        (FIRST,),
        unknown=(2, 3),
    ),
]
