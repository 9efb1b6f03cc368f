"""The benchmarked models as data: one list of layers, built by our layers and by TensorFlow.js's alike.

A layer is (constructor in snake_case, its arguments in snake_case); bench/peers turns both to camelCase.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LayerSpec = tuple[str, dict[str, Any]]

TRANSFORMER = {"tokens": 128, "width": 256, "heads": 4, "hidden": 1024, "blocks": 4}
NORM_EPS = 1e-5  # of the transformer's layer normalisation


def mlp() -> list[LayerSpec]:
    """Gives 784-512-512-10, relu and softmax."""
    return [
        ("dense", {"units": 512, "activation": "relu", "input_shape": [784]}),
        ("dense", {"units": 512, "activation": "relu"}),
        ("dense", {"units": 10, "activation": "softmax"}),
    ]


def cnn28() -> list[LayerSpec]:
    """Gives a digit classifier: two valid 3x3 convolutions with pooling, two dense layers."""
    return [
        ("conv2d", {"filters": 32, "kernel_size": 3, "activation": "relu", "input_shape": [28, 28, 1]}),
        ("max_pooling2d", {"pool_size": 2}),
        ("conv2d", {"filters": 64, "kernel_size": 3, "activation": "relu"}),
        ("max_pooling2d", {"pool_size": 2}),
        ("flatten", {}),
        ("dense", {"units": 128, "activation": "relu"}),
        ("dense", {"units": 10, "activation": "softmax"}),
    ]


def mobilenet_v1() -> list[LayerSpec]:
    """Gives MobileNetV1 of width 1.0 at 224x224 (Howard et al. 2017), every convolution normalised, then
    relu6."""

    def normalised(name: str, args: dict[str, Any]) -> list[LayerSpec]:
        conv = (name, {**args, "padding": "same", "use_bias": False})
        return [conv, ("batch_normalization", {"epsilon": 1e-3}), ("re_lu", {"max_value": 6})]

    stem = {"filters": 32, "kernel_size": 3, "strides": 2, "input_shape": [224, 224, 3]}
    layers = normalised("conv2d", stem)
    widths = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024]
    for i, filters in enumerate(widths):
        strides = 2 if i in (1, 3, 5, 11) else 1
        layers += normalised("depthwise_conv2d", {"kernel_size": 3, "strides": strides})
        layers += normalised("conv2d", {"filters": filters, "kernel_size": 1})
    return [
        *layers,
        ("global_average_pooling2d", {"data_format": "channelsLast"}),
        ("dense", {"units": 1000, "activation": "softmax"}),
    ]


def lstm128() -> list[LayerSpec]:
    """Gives one LSTM over [50, 64]; the cheap recurrent initializer is only there to be overwritten."""
    return [
        (
            "lstm",
            {
                "units": 128,
                "activation": "tanh",
                "recurrent_activation": "sigmoid",
                "recurrent_initializer": "glorotUniform",
                "input_shape": [50, 64],
            },
        )
    ]


def lstm128_classifier() -> list[LayerSpec]:
    """Gives the same LSTM with ten classes behind its last state: what is trained."""
    return [*lstm128(), ("dense", {"units": 10, "activation": "softmax"})]


LAYERS: dict[str, Callable[[], list[LayerSpec]]] = {
    "mlp": mlp,
    "cnn28": cnn28,
    "mobilenet_v1": mobilenet_v1,
    "lstm128": lstm128,
    "lstm128_classifier": lstm128_classifier,
}


def transformer_weight_shapes() -> list[tuple[str, tuple[int, ...], str]]:
    """Gives (name, shape, kind) of the weights of one transformer block in the order of their numbers."""
    d, f = TRANSFORMER["width"], TRANSFORMER["hidden"]
    shapes: list[tuple[str, tuple[int, ...], str]] = []
    for c in "qkvo":
        shapes += [("w" + c, (d, d), ""), ("b" + c, (d,), "")]
    for i in "12":
        shapes += [("gamma" + i, (d,), "gamma"), ("beta" + i, (d,), "beta")]
    return [*shapes, ("w1", (d, f), ""), ("c1", (f,), ""), ("w2", (f, d), ""), ("c2", (d,), "")]


def resnet50(gl: Any) -> Any:
    """Gives ResNet50 (He et al. 2015) for 1000 classes of 224x224 pictures, ending in logits."""
    layers = gl.layers

    def convolved(x: Any, filters: int, size: int, stride: int = 1) -> Any:
        return layers.batch_normalization()(layers.conv2d(filters, size, stride, "same", use_bias=False)(x))

    def block(x: Any, filters: int, stride: int, widens: bool) -> Any:
        y = layers.re_lu()(convolved(x, filters, 1, stride))
        y = convolved(layers.re_lu()(convolved(y, filters, 3)), 4 * filters, 1)
        return layers.re_lu()(layers.add()([y, convolved(x, 4 * filters, 1, stride) if widens else x]))

    inputs = gl.input([224, 224, 3])
    x = layers.max_pooling2d(3, 2, "same")(layers.re_lu()(convolved(inputs, 64, 7, 2)))
    for stage, count in enumerate((3, 4, 6, 3)):
        for number in range(count):
            x = block(x, 64 << stage, 1 if number or not stage else 2, number == 0)
    return gl.model(inputs, layers.dense(1000)(layers.global_average_pooling2d()(x)))
