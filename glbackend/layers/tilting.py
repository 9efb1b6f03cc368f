"""Layers that tilt and blur images at random while training."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.base.optional import on_first_call
from glbackend.engine.tensor import Tensor
from glbackend.layers.augmentation import Augmenting, Coloured, Factor, Transforming
from glbackend.layers.image import interpolation_of
from glbackend.layers.layer import layer
from glbackend.layers.spatial import sizes
from glbackend.ops.create import tensor
from glbackend.ops.depthwise import depthwise_conv2d
from glbackend.ops.random import random_uniform

perspective_transform = on_first_call("glbackend.ops.further.mapping", "perspective_transform")


@layer("random_shear")
class RandomShear(Transforming):
    """While training slants images [batch, height, width, channels], about their upper left corner.

    `x_factor`, `y_factor`: how many columns a row lies beside the one before, and rows a column below: two
    numbers of at least 0, between which it is drawn, either way, or one for its negative and itself.
    `interpolation`: "bilinear" mixes four pixels, "nearest" takes one.
    `fill_mode`: what lies outside the image: "reflect" the image mirrored, "wrap" repeated, "nearest" its
    edge, "constant" `fill_value`.
    `fill_value`: what lies outside in mode "constant".
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's RandomShear.

    >>> import glbackend as gl
    >>> layer = gl.layers.random_shear(x_factor=[0.0, 0.0])
    >>> layer(gl.tensor([[[1.], [2.]], [[3.], [4.]]])).numpy().ravel().tolist()
    [1.0, 2.0, 3.0, 4.0]
    """

    def __init__(self, x_factor: Factor = 0.0, y_factor: Factor = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.columns, self.rows = self.spread("x_factor", x_factor), self.spread("y_factor", y_factor)
        # Keras writes one number as its negative and itself, which it then refuses to read
        self.x_factor, self.y_factor = (
            high if low == -high else [low, high] for low, high in (self.columns, self.rows)
        )

    def changed(self, images: Tensor) -> Tensor:
        way = (self.draws(images, (0.0, 1.0)) <= 0.5).cast("float32") * 2.0 - 1.0
        across, down = (self.draws(images, ends) * way for ends in (self.columns, self.rows))
        return self.seen(images, 1.0, across, 0.0, down, 1.0, 0.0)


@layer("random_perspective")
class RandomPerspective(Augmenting):
    """While training shows images [batch, height, width, channels] as if they were tilted.

    `factor`: the share of images; two numbers, between which it is drawn, or one for 0 and itself.
    `scale`: how far corners move: by as much as half of it of their distance from the upper left one.
    `interpolation`: "bilinear" mixes four pixels, "nearest" takes one.
    `fill_value`: what lies outside.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's RandomPerspective.

    >>> import glbackend as gl
    >>> layer = gl.layers.random_perspective(factor=[0.0, 0.0])
    >>> layer(gl.tensor([[[1.], [2.]], [[3.], [4.]]])).numpy().ravel().tolist()
    [1.0, 2.0, 3.0, 4.0]
    """

    def __init__(
        self,
        factor: Factor = 1.0,
        scale: float = 1.0,
        interpolation: str = "bilinear",
        fill_value: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.factor = list(self.spread("factor", factor, 0.0))
        self.scale, self.fill_value = self.spread("scale", scale, 0.0)[1], fill_value
        self.interpolation = interpolation_of(interpolation, self.class_name)

    def changed(self, images: Tensor) -> Tensor:
        batch, bottom, right = images.shape[0], images.shape[1] - 1.0, images.shape[2] - 1.0
        corners = tensor([[[0.0, 0.0], [right, 0.0], [0.0, bottom], [right, bottom]]])
        start = corners.tile((batch, 1, 1))
        moved = random_uniform(start.shape, 1 - self.scale / 2, 1 + self.scale / 2, seed=self.drawn())
        found = perspective_transform(images, start, start * moved, self.interpolation, self.fill_value)
        return found.where(self.chosen(images, self.factor), images)


@layer("random_gaussian_blur")
class RandomGaussianBlur(Coloured):
    """While training blurs images [batch, height, width, channels] by normal distributions.

    `factor`: the share of images; two numbers, between which it is drawn, or one for 0 and itself.
    `kernel_size`: how many columns and rows are mixed, odd numbers.
    `sigma`: the deviations, at most 1: two numbers, between which those of a call are drawn, or one for 0
    and itself.
    `value_range`: ends of the values, to which results are cut.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's RandomGaussianBlur.

    >>> import glbackend as gl
    >>> layer = gl.layers.random_gaussian_blur(factor=[1.0, 1.0], kernel_size=[3, 1], sigma=[1.0, 1.0])
    >>> layer(gl.tensor([[[0.], [1.], [0.]]])).numpy().ravel().round(3).tolist()
    [0.27399998903274536, 0.4519999921321869, 0.27399998903274536]
    """

    def __init__(
        self,
        factor: Factor = 1.0,
        kernel_size: int | Sequence[int] = 3,
        sigma: Factor = 1.0,
        **options: Any,
    ) -> None:
        super().__init__(factor, **options)
        self.kernel_size = list(sizes(kernel_size, 2, "kernel_size", self.class_name))
        if any(one % 2 == 0 for one in self.kernel_size):
            raise ArgumentError(f"random_gaussian_blur: kernel_size must be odd, got {kernel_size}")
        self.sigma = list(self.spread("sigma", sigma, 0.0))

    def changed(self, images: Tensor) -> Tensor:
        bells = []
        for count in self.kernel_size:
            deviation = self.draws(None, self.sigma) + 1e-6
            squares = np.square(np.arange(count) - (count - 1) / 2).astype(np.float32)
            bells.append((tensor(squares) * -0.5 / deviation.square()).softmax())
        across, down = bells
        taps = (down.reshape((-1, 1, 1, 1)) * across.reshape((1, -1, 1, 1))).tile((1, 1, images.shape[-1], 1))
        blurred = depthwise_conv2d(images, taps, 1, "same").where(self.chosen(images, self.factor), images)
        return blurred.clip_by_value(*self.value_range)
