"""Cases of the layers over images: rescaling, resizing, cropping, and those that act at random."""

from typing import Any

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import normal, uniform

IMAGE, FIRST, WIDE = normal(2, 4, 6, 3), normal(2, 3, 4, 6), normal(2, 4, 9, 3)
BYTES = uniform(0, 255, 2, 4, 6, 3)
MAPPED = {
    "fill_mode": "constant",
    "interpolation": "nearest",
    "fill_value": 0.5,
    "data_format": "channels_first",
}
SMALLER = {"height": 8, "width": 3}  # but not in height
MOVES = {"height_factor": [0.3, 0.3], "width_factor": [-0.2, -0.2]}
CHANNELS = {"data_format": "channels_first"}


def fixed(kind: str, name: str, config: dict[str, Any], x: Any = IMAGE) -> LayerCase:
    """A layer while training, between ends so near to each other that no chance is left."""
    why = "TensorFlow's gradient of a transform sees it through the inverse map"
    return LayerCase(kind, name, config, (x,), training=True, gradients=False, because=why)


def drawn(kind: str, name: str, config: dict[str, Any], x: Any = IMAGE) -> LayerCase:
    """A layer while training, of whose draws only our other backend knows."""
    why = "every library draws its own numbers"
    return LayerCase(kind, name, {**config, "seed": 3}, (x,), training=True, source="", because=why)


CASES = [
    LayerCase("Rescaling", "plain", {"scale": 0.5}, (IMAGE,), unknown=(1, 2, 3)),
    LayerCase("Rescaling", "each", {"scale": [0.5, 2.0, 1.0], "offset": [1.0, 0.0, -1.0]}, (IMAGE,)),
    LayerCase("Resizing", "plain", {"height": 8, "width": 3, "grid": "keras"}, (IMAGE,), unknown=(1, 2)),
    LayerCase(
        "Resizing",
        "nearest",
        {
            "height": 3,
            "width": 4,
            "interpolation": "nearest",
            "data_format": "channels_first",
            "grid": "keras",
        },
        (FIRST,),
    ),
    LayerCase("Resizing", "cropped", {"height": 2, "width": 2, "crop_to_aspect_ratio": True}, (WIDE,)),
    LayerCase(
        "Resizing",
        "padded",
        {"height": 5, "width": 5, "pad_to_aspect_ratio": True, "fill_value": 0.5},
        (WIDE,),
    ),
    *(
        LayerCase("Resizing", how, {**SMALLER, "interpolation": how}, (IMAGE,))
        for how in ("bicubic", "lanczos3", "lanczos5")
    ),
    *(
        LayerCase("Resizing", f"smooth_{how}", {**SMALLER, "interpolation": how, "antialias": True}, (IMAGE,))
        for how in ("bilinear", "bicubic", "lanczos3")
    ),
    LayerCase("CenterCrop", "plain", {"height": 2, "width": 3}, (IMAGE,)),
    LayerCase("CenterCrop", "larger", {"height": 6, "width": 5, "data_format": "channels_first"}, (FIRST,)),
    drawn("RandomFlip", "both", {"mode": "horizontal"}),
    drawn("RandomFlip", "first", {"data_format": "channels_first"}, FIRST),
    LayerCase("RandomFlip", "inactive", {}, (IMAGE,), unknown=(1, 2, 3)),
    drawn("RandomCrop", "anywhere", {"height": 2, "width": 3, "data_format": "channels_first"}, FIRST),
    LayerCase(
        "RandomCrop", "smaller", {"height": 6, "width": 7, "seed": 3}, (IMAGE,), training=True,
        source="tf_keras", because="Keras 3 cuts out another part than it has measured",
    ),
    LayerCase("RandomContrast", "fixed", {"factor": [0.0, 0.0], "seed": 3}, (BYTES,), training=True),
    drawn("RandomContrast", "first", {"factor": 0.5, "value_range": [-1, 1], **CHANNELS}),
    LayerCase(
        "RandomBrightness",
        "fixed",
        {"factor": [0.25, 0.25], "value_range": [-1, 1], "seed": 3},
        (IMAGE,),
        training=True,
    ),
    drawn("RandomBrightness", "first", {"factor": 0.5, "data_format": "channels_first"}, BYTES),
    fixed("RandomRotation", "fixed", {"factor": [0.1, 0.1], "seed": 3}),
    fixed("RandomRotation", "first", {"factor": [0.3, 0.3], **MAPPED}, FIRST),
    drawn("RandomRotation", "drawn", {"factor": 0.25}),
    fixed("RandomZoom", "fixed", {**MOVES, "seed": 3}),
    fixed("RandomZoom", "first", {"height_factor": [-0.3, -0.3], **MAPPED}, FIRST),
    fixed("RandomTranslation", "fixed", {**MOVES, "seed": 3}),
    fixed(
        "RandomTranslation",
        "first",
        {"height_factor": 0.0, "width_factor": [0.4, 0.4], **MAPPED},
        FIRST,
    ),
    *(
        LayerCase(
            kind, "fixed", {"factor": [0.5, 0.5], "interpolation": "nearest", "seed": 3}, (IMAGE,),
            training=True, source="tf_keras", because="Keras 3 has no such layer",
        )
        for kind in ("RandomWidth", "RandomHeight")
    ),
]  # fmt: skip
