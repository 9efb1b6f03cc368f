"""Layers that act in training only, and draw what they do to each call."""

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from glbackend.base.errors import ArgumentError
from glbackend.base.late import Late
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Layer, layer
from glbackend.layers.spatial import Spatial, format_of
from glbackend.ops.random import Seeds, dropout, random_normal, random_uniform
from glbackend.ops.rows import in_one_pass

SELU_FLOOR = -1.7580993408473766  # what selu tends to: -alpha * scale of Klambauer et al. 2017


class Drawing(Layer):
    """What layers that draw share: with a seed the draws are repeatable, one after the other."""

    seed: int | None

    def draw_from(self, seed: int | None) -> None:
        """Keeps the seed of the layer, None for the process's generator."""
        self.seed = seed
        self.seeds = None if seed is None else Seeds(seed)  # where the keys of its draws come from

    def drawn(self) -> int | Late | None:
        """The seed of the next draw."""
        # differs from TF.js: each call draws another mask, as in Keras 3; there a seed gives one for ever
        return self.seeds.draw() if self.seeds else None


@layer("dropout")
class Dropout(Drawing):
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
        self.draw_from(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training or self.rate == 0:
            return inputs
        return dropout(inputs, self.rate, shared(self.noise_shape, inputs), self.drawn())


def shared(noise_shape: Sequence[int | None] | None, inputs: Tensor) -> list[int] | None:
    """A shape of draws with the input's dims in place of None."""
    if noise_shape is None:
        return None
    return [dim or size for dim, size in zip(noise_shape, inputs.shape, strict=True)]


@in_one_pass
def _dropped(x: Tensor, drawn: Tensor, rate: Tensor, slope: Tensor, rise: Tensor, shift: Tensor) -> Tensor:
    kept = (drawn >= rate).cast("float32")
    return x * (kept * slope) + (kept * rise + shift)


@layer("alpha_dropout")
class AlphaDropout(Drawing):
    """While training sets a share of its inputs to what `selu` tends to, and keeps mean and variance.

    `rate`: the share, at least 0 and below 1.
    `noise_shape`: shape of what is drawn; dims of 1 share a draw, None stands for the input's dim.
    `seed`: makes the draws repeatable.

    Klambauer et al. 2017. As `tf.layers.alphaDropout`.

    >>> import glbackend as gl
    >>> layer = gl.layers.alpha_dropout(rate=0.5, seed=1)
    >>> len(set(layer(gl.ones([64]), training=True).numpy().tolist()))
    2
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
        self.draw_from(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training or self.rate == 0:
            return inputs
        shape = shared(self.noise_shape, inputs) or inputs.shape
        slope = ((1 - self.rate) * (1 + self.rate * SELU_FLOOR**2)) ** -0.5
        floor = slope * SELU_FLOOR
        numbers = (self.rate, slope, -floor, floor - floor * self.rate)
        return _dropped(inputs, random_uniform(shape, seed=self.drawn()), *numbers)


@layer("gaussian_dropout")
class GaussianDropout(Drawing):
    """While training multiplies by normal noise of mean 1 and variance rate / (1 - rate).

    `rate`: as of a dropout whose noise has that variance; at least 0 and below 1.
    `seed`: makes the draws repeatable.

    Srivastava et al. 2014. As `tf.layers.gaussianDropout`.

    >>> import glbackend as gl
    >>> layer = gl.layers.gaussian_dropout(rate=0.5)
    >>> layer(gl.ones([2]), training=False).numpy().tolist()
    [1.0, 1.0]
    """

    supports_masking = True

    def __init__(self, rate: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.rate = self.share("rate", rate)
        self.draw_from(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training or self.rate == 0:
            return inputs
        deviation = math.sqrt(self.rate / (1 - self.rate))
        return inputs * random_normal(inputs.shape, 1.0, deviation, seed=self.drawn())


@layer("gaussian_noise")
class GaussianNoise(Drawing):
    """While training adds normal noise of mean 0.

    `stddev`: the noise's standard deviation, at least 0.
    `seed`: makes the draws repeatable.

    As `tf.layers.gaussianNoise`.

    >>> import glbackend as gl
    >>> layer = gl.layers.gaussian_noise(stddev=0.1)
    >>> layer(gl.ones([2]), training=False).numpy().tolist()
    [1.0, 1.0]
    """

    supports_masking = True

    def __init__(self, stddev: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        if stddev < 0:
            raise ArgumentError(f"gaussianNoise: stddev must be at least 0, got {stddev}")
        self.stddev = stddev
        self.draw_from(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training or self.stddev == 0:
            return inputs
        return inputs + random_normal(inputs.shape, 0.0, self.stddev, seed=self.drawn())


class SpatialDropout(Spatial, Drawing):
    """What dropouts of whole channels share: all places of a channel have one fate."""

    supports_masking = True
    rate: float
    data_format = "channels_last"

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training or self.rate == 0:
            return inputs
        channels = 1 if self.first else inputs.rank - 1
        shape = [size if axis in (0, channels) else 1 for axis, size in enumerate(inputs.shape)]
        return dropout(inputs, self.rate, shape, self.drawn())


@layer("spatial_dropout1d")
class SpatialDropout1D(SpatialDropout):
    """While training sets a share of the channels of [batch, steps, channels] to 0 at every step.

    `rate`: the share, at least 0 and below 1; the others are divided by 1 - rate.
    `seed`: makes the draws repeatable.

    Tompson et al. 2014. As `tf.layers.spatialDropout1d`.

    >>> import glbackend as gl
    >>> layer = gl.layers.spatial_dropout1d(rate=0.5, seed=1)
    >>> sorted(set(layer(gl.ones([1, 3, 9]), training=True).mean(1).numpy().ravel().tolist()))
    [0.0, 2.0]
    """

    rank: ClassVar[int] = 1

    def __init__(self, rate: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.rate = self.share("rate", rate)
        self.draw_from(seed)


@layer("spatial_dropout2d")
class SpatialDropout2D(SpatialDropout):
    """While training sets a share of the channels of images [batch, height, width, channels] to 0.

    `rate`: the share, at least 0 and below 1; the others are divided by 1 - rate.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.
    `seed`: makes the draws repeatable.

    Tompson et al. 2014. As Keras's SpatialDropout2D.

    >>> import glbackend as gl
    >>> layer = gl.layers.spatial_dropout2d(rate=0.5, seed=1)
    >>> sorted(set(layer(gl.ones([1, 2, 2, 9]), training=True).mean([1, 2]).numpy().ravel().tolist()))
    [0.0, 2.0]
    """

    rank: ClassVar[int] = 2

    def __init__(
        self, rate: float, data_format: str | None = None, seed: int | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.rate = self.share("rate", rate)
        self.data_format = format_of(data_format, self.class_name)
        self.draw_from(seed)


@layer("spatial_dropout3d")
class SpatialDropout3D(SpatialDropout2D):
    """While training sets a share of the channels of [batch, depth, height, width, channels] to 0.

    `rate`, `data_format`, `seed`: as in `spatial_dropout2d`.

    Tompson et al. 2014. As Keras's SpatialDropout3D.

    >>> import glbackend as gl
    >>> layer = gl.layers.spatial_dropout3d(rate=0.5, seed=1)
    >>> layer(gl.ones([1, 2, 2, 2, 9]), training=False).sum().item()
    72.0
    """

    rank: ClassVar[int] = 3
