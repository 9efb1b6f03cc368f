"""Cases of the layers that change the values of images."""

from glbackend.testing.cases.layers.image import CHANNELS, drawn
from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import distinct, normal, uniform

IMAGE, FIRST, BYTES = normal(2, 4, 5, 3), normal(2, 3, 4, 5), uniform(0, 255, 2, 4, 5, 3)
ALL = {"factor": [1.0, 1.0], "seed": 3}

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
]
