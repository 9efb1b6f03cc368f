"""The two layers that models of the ESRGAN package add to TF.js's: `upscale` loads such models by itself."""

import math
from typing import Any

from glbackend.base.errors import ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Layer

CHANNELS = 3  # of a picture


class MultiplyBeta(Layer):
    """Its input times `beta`: how much of a residual block is added."""

    def __init__(self, beta: float = 0.2, **options: Any) -> None:
        super().__init__(**options)
        self.beta = beta

    def call(self, inputs: Tensor) -> Tensor:
        return inputs * self.beta


class PixelShuffle(Layer):
    """Channels become pixels: `scale_factor` times as many rows and columns, or what makes a picture."""

    def __init__(self, scale_factor: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.scale_factor = scale_factor

    def call(self, inputs: Tensor) -> Tensor:
        factor = self.scale_factor or math.isqrt(inputs.shape[3] // CHANNELS)
        if factor < 1 or inputs.shape[3] % factor**2:
            raise ShapeError(f"PixelShuffle: {inputs.shape[3]} channels are no picture's pixels")
        return inputs.depth_to_space(factor)


ESRGAN = {"MultiplyBeta": MultiplyBeta, "PixelShuffle": PixelShuffle} | {
    f"PixelShuffle{scale}x": PixelShuffle for scale in (2, 3, 4, 8)
}
