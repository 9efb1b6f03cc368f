"""Cases of the layers at the end of a residual branch."""

from glbackend.testing.cases.layers.noise import drawn
from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import normal

ROWS, IMAGE, OTHER = normal(3, 6), normal(2, 4, 5, 6), normal(2, 4, 5, 6, seed=2)

CASES = [
    LayerCase("LayerScale", "images", {"init_values": 1e-6, "projection_dim": 6}, (IMAGE,), unknown=(1, 2)),
    LayerCase("LayerScale", "one_for_all", {"init_values": 0.5, "projection_dim": 1}, (ROWS,), unknown=(1,)),
    drawn("StochasticDepth", {"drop_path_rate": 0.25}, normal(8, 4, 3)),
    LayerCase("StochasticDepth", "plain", {"drop_path_rate": 0.5}, (IMAGE,), unknown=(1, 2, 3)),
    LayerCase("CustomScaleLayer", "images", {"scale": 0.17}, (IMAGE, OTHER), unknown=(1, 2, 3)),
]
