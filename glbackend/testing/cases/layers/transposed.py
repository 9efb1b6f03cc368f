"""Cases of the transposed convolutions: what each padding, stride and dilation leaves over."""

from glbackend.testing.cases.layers.convolution import BIAS, FIRST, IMAGE, STEPS, STEPS_FIRST, kernel
from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import normal

VOLUME, VOLUME_FIRST = normal(1, 2, 3, 2, 3), normal(1, 3, 2, 3, 2)

CASES = [
    LayerCase("Conv1DTranspose", "plain", {"filters": 3, "kernel_size": 3}, (STEPS,), unknown=(1,)),
    LayerCase(
        "Conv1DTranspose",
        "gaps",
        {"filters": 3, "kernel_size": 2, "strides": 3, "use_bias": False},
        (STEPS,),
        unknown=(1,),
    ),
    LayerCase("Conv1DTranspose", "dilated", {"filters": 2, "kernel_size": 3, "dilation_rate": 2}, (STEPS,)),
    LayerCase(
        "Conv1DTranspose",
        "everything",
        {
            "filters": 2,
            "kernel_size": [3],
            "strides": 2,
            "padding": "same",
            "output_padding": 1,
            "data_format": "channels_first",
            "activation": "sigmoid",
            **kernel("kernel"),
            **BIAS,
        },
        (STEPS_FIRST,),
        unknown=(2,),
    ),
    LayerCase(
        "Conv2DTranspose",
        "plain",
        {"filters": 4, "kernel_size": [3, 2], "strides": [1, 3], "activation": "relu"},
        (IMAGE,),
        unknown=(1, 2),
    ),
    LayerCase(
        "Conv2DTranspose",
        "same",
        {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same", "use_bias": False},
        (IMAGE,),
        unknown=(1, 2),
    ),
    LayerCase(
        "Conv2DTranspose",
        "output_padding",
        {"filters": 2, "kernel_size": [3, 2], "strides": 2, "padding": "same", "output_padding": [0, 1]},
        (IMAGE,),
        unknown=(1, 2),
    ),
    LayerCase(
        "Conv2DTranspose",
        "dilated",
        {"filters": 2, "kernel_size": 2, "dilation_rate": [1, 2], "padding": "same"},
        (IMAGE,),
        unknown=(1, 2),
    ),
    LayerCase(
        "Conv2DTranspose",
        "everything",
        {
            "filters": 4,
            "kernel_size": [3, 2],
            "strides": [2, 1],
            "output_padding": [1, 0],
            "data_format": "channels_first",
            "activation": "sigmoid",
            **kernel("kernel"),
            **BIAS,
        },
        (FIRST,),
        unknown=(2, 3),
    ),
    LayerCase(
        "Conv3DTranspose",
        "plain",
        {"filters": 2, "kernel_size": 2, "strides": [1, 2, 2], "activation": "relu"},
        (VOLUME,),
        unknown=(1, 2, 3),
    ),
    LayerCase(
        "Conv3DTranspose",
        "dilated",
        {"filters": 2, "kernel_size": [1, 2, 2], "dilation_rate": [1, 1, 2], "use_bias": False},
        (VOLUME,),
    ),
    LayerCase(
        "Conv3DTranspose",
        "everything",
        {
            "filters": 2,
            "kernel_size": [2, 3, 1],
            "strides": 2,
            "padding": "same",
            "output_padding": 1,
            "data_format": "channels_first",
            "activation": "sigmoid",
            **kernel("kernel"),
            **BIAS,
        },
        (VOLUME_FIRST,),
    ),
]
