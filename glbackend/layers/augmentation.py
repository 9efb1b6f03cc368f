"""Layers that change images at random while training, each image of a batch in its own way."""

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from glbackend.base.errors import ArgumentError, TraceError
from glbackend.base.maker import KERAS_2, maker
from glbackend.base.sampling import FillMode
from glbackend.engine.node import tracing
from glbackend.engine.tensor import Tensor
from glbackend.layers.image import OverImages, fitting, interpolation_of, middle, range_of, resized
from glbackend.layers.inference import any_size
from glbackend.layers.layer import layer
from glbackend.layers.noise import Drawing
from glbackend.layers.spatial import format_of
from glbackend.ops.concat import stack
from glbackend.ops.create import range_, zeros
from glbackend.ops.random import random_uniform, random_uniform_int, uniform_number
from glbackend.ops.transform import transform

Factor = float | Sequence[float]
Mode = Literal["horizontal", "vertical", "horizontal_and_vertical"]


class ByChance(OverImages, Drawing):
    """What layers share that change images [batch, height, width, channels], or one of them, at random.

    They act where they are called by themselves, and in models while these are trained.
    """

    def __init__(self, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.draw_from(seed)

    def call(self, inputs: Tensor, training: bool = True) -> Any:
        # differs from TF.js: outside of training it does nothing, as in Keras; there it always draws
        return super().call(inputs) if training else inputs

    def spread(
        self, name: str, factor: Factor, least: float = -1.0, most: float = 1.0
    ) -> tuple[float, float]:
        """The ends of a factor; ArgumentError out of range.

        A number stands for itself and its negative, where none is allowed for itself and `least`.

        `name`: of the argument, for the error.
        `factor`: what was given.
        `least`, `most`: where both ends must lie.
        """
        if isinstance(factor, int | float):
            ends = [-abs(factor), abs(factor)] if least < 0 else [least, factor]
        else:
            ends = sorted(factor)
        if len(ends) != 2 or not least <= ends[0] <= ends[1] <= most:
            raise ArgumentError(
                f"{self.class_name}: {name} must be a number or two between {least:g} and {most:g}, "
                f"got {factor}"
            )
        return float(ends[0]), float(ends[1])

    def draws(self, images: Tensor | None, ends: Sequence[float]) -> Tensor:
        """A number between two ends for each image, [batch], or without them one for all."""
        shape = () if images is None else images.shape[:1]
        return random_uniform(shape, ends[0], ends[1], seed=self.drawn())

    def chosen(self, images: Tensor, ends: Sequence[float]) -> Tensor:
        """Which images are changed, a share of them that is drawn: bool [batch, 1, 1, 1]."""
        share = self.draws(images, ends)
        return (self.draws(images, (0.0, 1.0)) < share).reshape((-1, 1, 1, 1))


class Augmenting(ByChance):
    """Those that know where the channels are."""

    def __init__(self, data_format: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.data_format = format_of(data_format, self.class_name)


class Coloured(Augmenting):
    """Those that change values by a factor; what comes of it stays within a range."""

    ends: ClassVar[tuple[float, float]] = (0.0, 1.0)  # of the factor

    def __init__(self, factor: Factor, value_range: Sequence[float] = (0, 255), **options: Any) -> None:
        super().__init__(**options)
        self.factor = list(self.spread("factor", factor, *self.ends))
        self.value_range = range_of(value_range, self.class_name)

    def factors(self, images: Tensor) -> Tensor:
        """A factor for each image: [batch, 1, 1, 1]."""
        return self.draws(images, self.factor).reshape((-1, 1, 1, 1))


@layer("random_flip")
class RandomFlip(Augmenting):
    """While training mirrors half of the images [batch, height, width, channels].

    `mode`: "horizontal" exchanges left and right, "vertical" up and down, "horizontal_and_vertical" each.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's RandomFlip.

    >>> import glbackend as gl
    >>> layer = gl.layers.random_flip(mode="horizontal", seed=1)
    >>> images = gl.tensor([[[[1.], [2.]]]] * 9)
    >>> sorted({tuple(one.ravel().tolist()) for one in layer(images).numpy()})
    [(1.0, 2.0), (2.0, 1.0)]
    """

    def __init__(self, mode: Mode = "horizontal_and_vertical", **options: Any) -> None:
        super().__init__(**options)
        self.mode = mode

    def changed(self, images: Tensor) -> Tensor:
        for name, axis in (("horizontal", 2), ("vertical", 1)):
            if name in self.mode:
                flips = self.draws(images, (0.0, 1.0)).reshape((-1, 1, 1, 1)) < 0.5
                images = images.reverse(axis).where(flips, images)
        return images


@layer("random_crop")
class RandomCrop(Augmenting):
    """While training a part of the images anywhere, else the middle; smaller images are made larger first.

    `height`, `width`: of that part. It is as wide for its height as these where images are resized.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    All images of a batch are cut at the same place. As Keras's RandomCrop.

    >>> import glbackend as gl
    >>> gl.layers.random_crop(height=2, width=3)(gl.zeros([1, 8, 8, 1])).shape
    (1, 2, 3, 1)
    """

    def __init__(self, height: int, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.height, self.width = self.positive("height", height), self.positive("width", width)

    def call(self, inputs: Tensor, training: bool = True) -> Tensor:
        return self.over(inputs, self.changed if training else self.of_the_middle)

    def of_the_middle(self, images: Tensor) -> Tensor:
        """What there is where nothing is drawn."""
        part = middle(images, *fitting(images.shape[1:3], self.height, self.width))
        return resized(part, (self.height, self.width))

    def changed(self, images: Tensor) -> Tensor:
        rows, columns = images.shape[1:3]
        if rows <= self.height or columns <= self.width:
            return self.of_the_middle(images)
        for axis, size in ((1, self.height), (2, self.width)):
            start = random_uniform_int([], 0, images.shape[axis] - size + 1, seed=self.drawn())
            images = images.gather(range_(0, size, dtype="int32") + start, axis)
        return images


@layer("random_contrast")
class RandomContrast(Coloured):
    """While training moves the values of each image [height, width, channels] away from its mean, or to it.

    `factor`: distances from each channel's mean are multiplied by 1 to 1 + factor; of two numbers, lower and
    upper, by 1 - lower to 1 + upper. In files of Keras 2 one number stands for both.
    `value_range`: ends of the values, to which results are cut.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's RandomContrast.

    >>> import glbackend as gl
    >>> layer = gl.layers.random_contrast(factor=[0.5, 0.5])
    >>> layer(gl.tensor([[[1.], [3.]]]), training=False).numpy().ravel().tolist()
    [1.0, 3.0]
    """

    def __init__(self, factor: Factor, **options: Any) -> None:
        if isinstance(factor, int | float):
            factor = [factor if maker() == KERAS_2 else 0.0, factor]
        super().__init__(factor, **options)

    def changed(self, images: Tensor) -> Tensor:
        mean = images.mean((1, 2), True)
        factor = self.draws(images, (1 - self.factor[0], 1 + self.factor[1])).reshape((-1, 1, 1, 1))
        return ((images - mean) * factor + mean).clip_by_value(*self.value_range)


@layer("random_brightness")
class RandomBrightness(Coloured):
    """While training adds one number to all values of an image [height, width, channels].

    `factor`: between which shares of the range that number lies: a number stands for itself and its negative.
    `value_range`: ends of the values, to which results are cut.
    `seed`: makes the draws repeatable.
    `data_format`: of no meaning here; as of other layers.

    As Keras's RandomBrightness.

    >>> import glbackend as gl
    >>> layer = gl.layers.random_brightness(factor=[0.5, 0.5], value_range=[0, 10])
    >>> layer(gl.tensor([[[1.], [9.]]])).numpy().ravel().tolist()
    [6.0, 10.0]
    """

    ends = (-1.0, 1.0)

    def changed(self, images: Tensor) -> Tensor:
        low, high = self.value_range
        return (images + self.factors(images) * (high - low)).clip_by_value(low, high)


class Transforming(Augmenting):
    """What layers share that see images through an affine map, another for each image."""

    def __init__(
        self,
        fill_mode: FillMode = "reflect",
        interpolation: str = "bilinear",
        fill_value: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.fill_mode, self.fill_value = fill_mode, fill_value
        self.interpolation = interpolation_of(interpolation, self.class_name)

    def seen(self, images: Tensor, *numbers: Tensor | float) -> Tensor:
        """Pixel (x, y) from (a x + b y + c, d x + e y + f) for six numbers, or tensors [batch] of them."""
        batch = zeros(images.shape[:1])
        maps = stack([batch + one for one in (*numbers, 0.0, 0.0)], 1)
        return transform(images, maps, self.interpolation, self.fill_mode, self.fill_value)


@layer("random_rotation")
class RandomRotation(Transforming):
    """While training turns images [batch, height, width, channels] about their middle.

    `factor`: between which shares of a full turn, counterclockwise: a number stands for itself and its
    negative.
    `fill_mode`: what lies outside the image: "reflect" the image mirrored, "wrap" repeated, "nearest" its
    edge, "constant" `fill_value`.
    `interpolation`: "bilinear" mixes four pixels, "nearest" takes one.
    `fill_value`: what lies outside in mode "constant".
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's RandomRotation.

    >>> import glbackend as gl
    >>> layer = gl.layers.random_rotation(factor=[0.5, 0.5], interpolation="nearest")
    >>> layer(gl.tensor([[[1.], [2.]], [[3.], [4.]]])).numpy().ravel().tolist()
    [4.0, 3.0, 2.0, 1.0]
    """

    def __init__(self, factor: Factor, **options: Any) -> None:
        super().__init__(**options)
        self.factor = list(self.spread("factor", factor))

    def changed(self, images: Tensor) -> Tensor:
        angle = self.draws(images, self.factor) * (2 * math.pi)
        sin, cos = angle.sin(), angle.cos()
        x, y = (images.shape[2] - 1) / 2, (images.shape[1] - 1) / 2
        return self.seen(images, cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y)


@layer("random_zoom")
class RandomZoom(Transforming):
    """While training makes images [batch, height, width, channels] smaller or larger within their frame.

    `height_factor`: how much more of the height is seen: 0.2 makes it smaller by that, -0.2 larger; a number
    stands for itself and its negative.
    `width_factor`: the same of the width, by default as much as of the height, so that proportions stay.
    `fill_mode`: what lies outside the image: "reflect" the image mirrored, "wrap" repeated, "nearest" its
    edge, "constant" `fill_value`.
    `interpolation`: "bilinear" mixes four pixels, "nearest" takes one.
    `fill_value`: what lies outside in mode "constant".
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's RandomZoom.

    >>> import glbackend as gl
    >>> layer = gl.layers.random_zoom(height_factor=[-0.5, -0.5], interpolation="nearest")
    >>> layer(gl.tensor([[[1.], [2.], [3.], [4.]]])).numpy().ravel().tolist()
    [2.0, 2.0, 3.0, 3.0]
    """

    def __init__(self, height_factor: Factor, width_factor: Factor | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.height_factor, self.width_factor = height_factor, width_factor
        self.rows = self.spread("height_factor", height_factor)
        self.columns = None if width_factor is None else self.spread("width_factor", width_factor)

    def changed(self, images: Tensor) -> Tensor:
        down = across = self.draws(images, self.rows) + 1.0
        if self.columns is not None:
            across = self.draws(images, self.columns) + 1.0
        x, y = (images.shape[2] - 1) / 2, (images.shape[1] - 1) / 2
        return self.seen(images, across, 0.0, x - across * x, 0.0, down, y - down * y)


@layer("random_translation")
class RandomTranslation(Transforming):
    """While training moves images [batch, height, width, channels] down and to the right, or up and left.

    `height_factor`, `width_factor`: by which shares of height and width: a number stands for itself and its
    negative.
    `fill_mode`: what lies outside the image: "reflect" the image mirrored, "wrap" repeated, "nearest" its
    edge, "constant" `fill_value`.
    `interpolation`: "bilinear" mixes four pixels, "nearest" takes one.
    `fill_value`: what lies outside in mode "constant".
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's RandomTranslation.

    >>> import glbackend as gl
    >>> layer = gl.layers.random_translation(height_factor=0.0, width_factor=[0.5, 0.5], fill_mode="wrap")
    >>> layer(gl.tensor([[[1.], [2.], [3.], [4.]]])).numpy().ravel().tolist()
    [3.0, 4.0, 1.0, 2.0]
    """

    def __init__(self, height_factor: Factor, width_factor: Factor, **options: Any) -> None:
        super().__init__(**options)
        self.height_factor, self.width_factor = height_factor, width_factor
        self.rows = self.spread("height_factor", height_factor)
        self.columns = self.spread("width_factor", width_factor)

    def changed(self, images: Tensor) -> Tensor:
        down = self.draws(images, self.rows) * float(images.shape[1])
        across = self.draws(images, self.columns) * float(images.shape[2])
        return self.seen(images, 1.0, 0.0, -across, 0.0, 1.0, -down)


class Stretching(ByChance):
    """What layers share that draw another height or width for all images of a call."""

    axis: ClassVar[int]

    def __init__(self, factor: Factor, interpolation: str = "bilinear", **options: Any) -> None:
        super().__init__(**options)
        self.factor, self.ends = factor, self.spread("factor", factor, -1.0, math.inf)
        self.interpolation = interpolation_of(interpolation, self.class_name)

    def changed(self, images: Tensor) -> Tensor:
        size = list(images.shape[1:3])
        if anything := any_size():  # only its shape is asked for, which no draw shall decide
            size[self.axis - 1] = anything
            return zeros((images.shape[0], *size, images.shape[3]))
        if tracing.get() is not None:
            raise TraceError(f"{self.class_name} {self.name!r}: a draw decides the shape of its output")
        drawn = uniform_number(1 + self.ends[0], 1 + self.ends[1], self.drawn())
        size[self.axis - 1] = max(round(drawn * size[self.axis - 1]), 1)
        return resized(images, size, self.interpolation)


@layer("random_width")
class RandomWidth(Stretching):
    """While training images [batch, height, width, channels] of another width in each call.

    `factor`: between which shares of the width it grows: a number stands for itself and its negative.
    `interpolation`: "bilinear" mixes four pixels, "nearest" takes one.
    `seed`: makes the draws repeatable.

    As `tf.layers.randomWidth`.

    >>> import glbackend as gl
    >>> gl.layers.random_width(factor=[0.5, 0.5])(gl.zeros([1, 4, 4, 1])).shape
    (1, 4, 6, 1)
    """

    axis: ClassVar[int] = 2


@layer("random_height")
class RandomHeight(Stretching):
    """While training images [batch, height, width, channels] of another height in each call.

    `factor`: between which shares of the height it grows: a number stands for itself and its negative.
    `interpolation`: "bilinear" mixes four pixels, "nearest" takes one.
    `seed`: makes the draws repeatable.

    As Keras 2's RandomHeight.

    >>> import glbackend as gl
    >>> gl.layers.random_height(factor=[0.5, 0.5])(gl.zeros([1, 4, 4, 1])).shape
    (1, 6, 4, 1)
    """

    axis: ClassVar[int] = 1
