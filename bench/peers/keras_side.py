"""Training on Keras over PyTorch: `train_on_batch` of the models. Imported where both are installed."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import keras
import torch

from bench.inputs import case_input, labels, weight
from bench.models import LAYERS

torch.set_num_threads(1)
CLASSES = {
    "dense": "Dense",
    "conv2d": "Conv2D",
    "max_pooling2d": "MaxPooling2D",
    "flatten": "Flatten",
    "depthwise_conv2d": "DepthwiseConv2D",
    "batch_normalization": "BatchNormalization",
    "re_lu": "ReLU",
    "global_average_pooling2d": "GlobalAveragePooling2D",
}


def version() -> str:
    """Keras's."""
    return str(keras.__version__)


def prepare(case: dict[str, Any]) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """What is timed, and the losses of the first three steps; LookupError for all that is not training."""
    if case["op"] != "model" or case["mode"] == "predict":
        raise LookupError(case["name"])
    keras.utils.set_random_seed(0)
    model = keras.Sequential()
    for name, args in LAYERS[case["model"]]():
        args = {key: value for key, value in args.items() if key not in ("input_shape", "data_format")}
        model.add(getattr(keras.layers, CLASSES[name])(**args))
    x = case_input(case["inputs"][0])
    model.build(x.shape)
    numbers = iter(range(10_000))
    for layer in model.layers:
        kinds = [one.name if "depthwise" not in layer.name else "depthwise" for one in layer.weights]
        layer.set_weights(
            [weight(next(numbers), tuple(w.shape), k) for w, k in zip(layer.weights, kinds, strict=True)]
        )
    y = labels(x.shape[0], model.output_shape[-1])
    model.compile(keras.optimizers.Adam(1e-3, 0.9, 0.999, 1e-7), "categorical_crossentropy")
    losses: list[float] = []

    def step() -> None:
        loss = model.train_on_batch(x, y)
        if len(losses) < 3:
            losses.append(float(loss))

    def values() -> list[float]:
        while len(losses) < 3:
            step()
        return losses

    return step, values
