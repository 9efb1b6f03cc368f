"""Cases of the layers that make space larger."""

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import integers, normal

STEPS, IMAGE, FIRST = normal(2, 4, 3), normal(2, 5, 6, 3), normal(2, 3, 5, 6)

CASES = [
    LayerCase("UpSampling1D", "plain", {}, (STEPS,), unknown=(1, 2)),
    LayerCase("UpSampling1D", "thrice", {"size": 3}, (integers(-5, 6, 2, 4, 3),), unknown=(1,)),
    LayerCase("UpSampling2D", "plain", {}, (IMAGE,), unknown=(1, 2)),
    LayerCase(
        "UpSampling2D", "first", {"size": [1, 3], "data_format": "channels_first"}, (FIRST,), unknown=(2, 3)
    ),
    LayerCase(
        "UpSampling2D",
        "bilinear",
        {
            "size": [2, 4],
            "interpolation": "bilinear",
            "grid": "keras",
        },  # XLA takes a wrong neighbour at thirds
        (IMAGE,),
        unknown=(1, 2),
    ),
    LayerCase("UpSampling3D", "plain", {}, (normal(1, 2, 3, 4, 2),), unknown=(1, 2, 3, 4)),
    LayerCase(
        "UpSampling3D",
        "everything",
        {"size": [1, 3, 2], "data_format": "channels_first"},
        (normal(1, 2, 2, 3, 4),),
        unknown=(2, 3, 4),
    ),
]
