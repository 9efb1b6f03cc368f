"""Cases of the layers that change the values of images."""

from typing import Any

from glbackend.testing.cases.layers.image import CHANNELS, MAPPED, drawn, fixed
from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import distinct, normal, uniform

IMAGE, FIRST, BYTES = normal(2, 4, 5, 3), normal(2, 3, 4, 5), uniform(0, 255, 2, 4, 5, 3)
FIRST_BYTES = uniform(0, 255, 2, 3, 4, 5)
ALL = {"factor": [1.0, 1.0], "seed": 3}
NARROW = {"value_range": [20, 200], "seed": 3}
COLOURS = "TensorFlow has no gradient of hue, saturation and value"
WHOLE = "Keras has no gradient through whole numbers"
TILTED = {"interpolation": "nearest", "fill_value": 0.5, **CHANNELS}
CHOSEN = {"value_range": [-4, 4], "interpolation": "nearest", **CHANNELS}
MIXED = {"factor": 0.5, "alpha": 0.5, "all_ops": False, **CHOSEN}
JITTER = {
    "value_range": [0, 200],
    "brightness_factor": [0.1, 0.1],
    "contrast_factor": [0.0, 0.0],
    "saturation_factor": [0.4, 0.4],
    "hue_factor": [0.0, 0.0],
}


def without(kind: str, name: str, config: dict[str, Any], why: str, x: Any = BYTES) -> LayerCase:
    """A layer while training, of which Keras gives no gradient."""
    return LayerCase(kind, name, config, (x,), training=True, gradients=False, because=why)


CASES = [
    LayerCase("RandomGrayscale", "all", {"factor": 1.0, "seed": 3}, (IMAGE,), training=True),
    drawn("RandomGrayscale", "first", CHANNELS, FIRST),
    LayerCase("RandomInvert", "all", {**ALL, "value_range": [-1, 1]}, (IMAGE,), training=True),
    drawn("RandomInvert", "first", {"factor": [0.5, 1.0], **CHANNELS}, FIRST),
    LayerCase("Solarization", "all", {"seed": 3}, (BYTES,), training=True),
    drawn(
        "Solarization", "drawn", {"addition_factor": 0.5, "threshold_factor": [0.25, 0.5], **CHANNELS}, BYTES
    ),
    LayerCase("Solarization", "narrow", {"value_range": [-9, 9], "seed": 3}, (IMAGE,), training=True),
    LayerCase("AutoContrast", "plain", {}, (distinct(2, 4, 5, 3),)),
    LayerCase("AutoContrast", "narrow", {"value_range": [-1, 1]}, (distinct(2, 4, 5, 3),)),
    without("RandomHue", "half", {**ALL, "value_range": [-10, 300]}, COLOURS),
    drawn("RandomHue", "first", {"factor": 0.5, **CHANNELS}, FIRST_BYTES),
    without("RandomSaturation", "strong", {"factor": [0.7, 0.7], "value_range": [0, 0.9]}, COLOURS),
    drawn("RandomSaturation", "first", {"factor": 0.5, **CHANNELS}, FIRST_BYTES),
    LayerCase("RandomColorDegeneration", "fixed", {"factor": [0.3, 0.3], **NARROW}, (BYTES,), training=True),
    drawn("RandomColorDegeneration", "first", {"factor": 0.5, **CHANNELS}, FIRST_BYTES),
    LayerCase("RandomSharpness", "fixed", {"factor": [0.9, 0.9], **NARROW}, (BYTES,), training=True),
    drawn("RandomSharpness", "first", {"factor": 0.4, **CHANNELS}, FIRST_BYTES),
    without("RandomPosterization", "fixed", {"factor": [3, 3], "value_range": [-10, 300]}, WHOLE),
    drawn("RandomPosterization", "first", {"factor": 7, **CHANNELS}, FIRST_BYTES),
    without("RandomColorJitter", "fixed", JITTER, COLOURS),
    drawn("RandomColorJitter", "first", {"contrast_factor": 0.5, "hue_factor": 0.5, **CHANNELS}, FIRST_BYTES),
    without("Equalization", "plain", {}, WHOLE),
    without("Equalization", "first", {"value_range": [-10, 300], "bins": 9, **CHANNELS}, WHOLE, FIRST_BYTES),
    fixed("RandomGaussianBlur", "fixed", {**ALL, "sigma": [0.8, 0.8], "value_range": [20, 200]}, BYTES),
    drawn(
        "RandomGaussianBlur",
        "first",
        {**ALL, "kernel_size": [3, 1], "sigma": [0.5, 0.9], **CHANNELS},
        FIRST_BYTES,
    ),
    LayerCase(
        "RandomErasing",
        "all",
        {**ALL, "scale": [1.0, 1.0], "fill_value": [1.0, 2.0, 300.0]},
        (BYTES,),
        training=True,
    ),
    drawn("RandomErasing", "noise", {"factor": [0.9, 1.0], "value_range": [-1, 1], **CHANNELS}, FIRST),
    drawn("MixUp", "first", {"alpha": 0.9, **CHANNELS}, FIRST),
    drawn("CutMix", "first", {"factor": 0.9, **CHANNELS}, FIRST),
    drawn("RandomShear", "first", {"x_factor": 0.5, "y_factor": [0.1, 0.3], **MAPPED}, FIRST),
    drawn("RandomPerspective", "first", {"factor": [1.0, 1.0], "scale": 0.5, **TILTED}, FIRST),
    drawn("RandAugment", "first", {"num_ops": 1, "factor": 0.9, **CHOSEN}, FIRST),
    drawn("AugMix", "first", {"num_chains": 2, "chain_depth": 1, **MIXED}, FIRST),
]
