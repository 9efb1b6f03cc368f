"""Layers that act in training only."""

from collections.abc import Sequence
from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Layer, layer
from glbackend.ops.random import Seeds, dropout


@layer("dropout")
class Dropout(Layer):
    """While training sets a share of its inputs to 0 and scales the rest up; else it changes nothing.

    `rate`: the share, at least 0 and below 1.
    `noise_shape`: shape of what is drawn; dims of 1 share a draw, None stands for the input's dim.
    `seed`: makes the draws repeatable: layers of one seed draw the same masks, one after the other.

    Srivastava et al. 2014. As `tf.layers.dropout`.

    >>> import glbackend as gl
    >>> layer = gl.layers.dropout(rate=0.5, seed=1)
    >>> sorted(set(layer(gl.ones([64]), training=True).numpy().tolist()))
    [0.0, 2.0]
    """

    supports_masking = True

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.rate = self.share("rate", rate)
        self.noise_shape = None if noise_shape is None else list(noise_shape)
        self.seed = seed
        self.seeds = None if seed is None else Seeds(seed)  # where the keys of its draws come from

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training or self.rate == 0:
            return inputs
        shape = None
        if self.noise_shape is not None:
            shape = [dim or size for dim, size in zip(self.noise_shape, inputs.shape, strict=True)]
        # differs from TF.js: each call draws another mask, as in Keras 3; there a seed gives one for ever
        return dropout(inputs, self.rate, shape, self.seeds.draw() if self.seeds else None)
