"""Layers that change the values of images: their colours, and how many values there are."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.base.optional import on_first_call
from glbackend.engine.tensor import Tensor
from glbackend.layers.augmentation import Augmenting, Coloured, Factor, RandomBrightness, RandomContrast
from glbackend.layers.image import OverImages, range_of
from glbackend.layers.layer import layer
from glbackend.layers.spatial import format_of
from glbackend.ops.bincount import dense_bincount
from glbackend.ops.concat import concat
from glbackend.ops.create import range_, tensor
from glbackend.ops.depthwise import depthwise_conv2d
from glbackend.ops.random import random_uniform_int

FULL = 255.0  # the range that factors are shares of
STEPS = np.exp2(8 - np.arange(9)).astype(np.float32)  # between values, by how many bits say them
SMOOTHING = np.array([1, 1, 1, 1, 5, 1, 1, 1, 1], np.float32).reshape((3, 3, 1, 1)) / 13
to_hsv = on_first_call("glbackend.ops.further.images", "rgb_to_hsv")
to_rgb = on_first_call("glbackend.ops.further.images", "hsv_to_rgb")
grey_of = on_first_call("glbackend.ops.further.images", "rgb_to_grayscale")


@layer("random_grayscale")
class RandomGrayscale(Augmenting):
    """While training makes some images [batch, height, width, 3] grey.

    `factor`: the share of images that become grey.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's RandomGrayscale.

    >>> import glbackend as gl
    >>> gl.layers.random_grayscale(factor=1.0)(gl.tensor([[[1., 1., 0.]]])).numpy().round(4).ravel()[0] > 0.88
    np.True_
    """

    def __init__(self, factor: float = 0.5, **options: Any) -> None:
        super().__init__(**options)
        self.spread("factor", [0.0, factor], 0.0)
        self.factor = factor

    def changed(self, images: Tensor) -> Tensor:
        grey = grey_of(images).broadcast_to(images.shape)
        return grey.where(self.chosen(images, (self.factor, self.factor)), images)


@layer("random_invert")
class RandomInvert(Coloured):
    """While training turns the values of some images into their distance from the largest.

    `factor`: the share of images, or two between which it is drawn; one number stands for 0 and itself.
    `value_range`: ends of the values.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's RandomInvert.

    >>> import glbackend as gl
    >>> gl.layers.random_invert(factor=[1.0, 1.0])(gl.tensor([[[1.], [255.]]])).numpy().ravel().tolist()
    [254.0, 0.0]
    """

    def __init__(self, factor: Factor = 1.0, **options: Any) -> None:
        super().__init__(factor, **options)

    def changed(self, images: Tensor) -> Tensor:
        return (self.value_range[1] - images).where(self.chosen(images, self.factor), images)


@layer("random_hue")
class RandomHue(Coloured):
    """While training turns the colours of images [batch, height, width, 3] around their circle.

    `factor`: of half a turn the share, either way; two numbers, between which it lies, or one for
    0 and itself.
    `value_range`: ends of the values, to which results are cut.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's RandomHue.

    >>> import glbackend as gl
    >>> layer = gl.layers.random_hue(factor=[1.0, 1.0], value_range=[0, 1])
    >>> layer(gl.tensor([[[1., 0., 0.]]])).numpy().ravel().round(3).tolist()
    [0.0, 1.0, 1.0]
    """

    def changed(self, images: Tensor) -> Tensor:
        low, high = self.value_range
        way = (self.draws(images, (0.0, 1.0)) > 0.5).cast("float32").reshape((-1, 1, 1, 1)) - 0.5
        hue, *rest = to_hsv((images - low) / (high - low)).split(3, -1)
        turned = to_rgb(concat([hue + way * self.factors(images), *rest], -1))
        return turned.clip_by_value(0.0, 1.0) * (high - low) + low


@layer("random_saturation")
class RandomSaturation(Coloured):
    """While training makes the colours of images [batch, height, width, 3] paler or stronger.

    `factor`: 0 gives grey, 0.5 the image, more stronger colours, up to 1; two numbers, between which it is
    drawn, or one for its negative and itself.
    `value_range`: to which saturations are cut, as in Keras, whatever the range of the values.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's RandomSaturation: multiplies saturations by factor / (1 - factor).

    >>> import glbackend as gl
    >>> layer = gl.layers.random_saturation(factor=[0.0, 0.0])
    >>> layer(gl.tensor([[[8., 4., 0.]]])).numpy().ravel().tolist()
    [8.0, 8.0, 8.0]
    """

    ends = (-1.0, 1.0)

    def changed(self, images: Tensor) -> Tensor:
        factor = self.factors(images)
        hue, saturation, value = to_hsv(images).split(3, -1)
        saturation = (saturation * (factor / (1 - factor + 1e-7))).clip_by_value(*self.value_range)
        return to_rgb(concat([hue, saturation, value], -1))


@layer("random_color_degeneration")
class RandomColorDegeneration(Coloured):
    """While training mixes images [batch, height, width, 3] with themselves in grey.

    `factor`: the share of grey; two numbers, between which it is drawn, or one for its negative and itself.
    `value_range`: ends of the values, to which results are cut.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's RandomColorDegeneration.

    >>> import glbackend as gl
    >>> layer = gl.layers.random_color_degeneration(factor=[0.5, 0.5])
    >>> layer(gl.tensor([[[100., 0., 0.]]])).numpy().ravel().round(1).tolist()
    [64.9000015258789, 14.899999618530273, 14.899999618530273]
    """

    ends = (-1.0, 1.0)

    def changed(self, images: Tensor) -> Tensor:
        mixed = images + self.factors(images) * (grey_of(images) - images)
        return mixed.clip_by_value(*self.value_range)


@layer("random_sharpness")
class RandomSharpness(Coloured):
    """While training blurs images [batch, height, width, channels], or makes them sharper.

    `factor`: 0 blurs, 0.5 gives the image, 1 sharpens; two numbers, between which it is drawn, or one for 0
    and itself.
    `value_range`: ends of the values, to which results are cut.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's RandomSharpness.

    >>> import glbackend as gl
    >>> layer = gl.layers.random_sharpness(factor=[0.0, 0.0])
    >>> layer(gl.tensor([[[0.], [13.], [0.]]])).numpy().ravel().round(3).tolist()
    [1.0, 5.0, 1.0]
    """

    def changed(self, images: Tensor) -> Tensor:
        smooth = depthwise_conv2d(images, tensor(SMOOTHING).tile((1, 1, images.shape[-1], 1)), 1, "same")
        mixed = images + (1.0 - self.factors(images) * 2) * (smooth - images)
        return mixed.clip_by_value(*self.value_range)


@layer("random_posterization")
class RandomPosterization(Coloured):
    """While training leaves images [batch, height, width, channels] fewer values.

    `factor`: of how many bits, 1 to 8; two numbers, of which the first is drawn and the second is not, or one
    for 1 and itself.
    `value_range`: ends of the values.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's RandomPosterization.

    >>> import glbackend as gl
    >>> layer = gl.layers.random_posterization(factor=[1, 1])
    >>> layer(gl.tensor([[[100.], [200.]]])).numpy().ravel().tolist()
    [0.0, 128.0]
    """

    ends = (1.0, 8.0)

    def __init__(self, factor: Factor, **options: Any) -> None:
        super().__init__(factor, **options)
        if any(one % 1 for one in self.factor):
            raise ArgumentError(f"random_posterization: factor must be of whole numbers, got {factor}")
        self.factor = [int(one) for one in self.factor]  # Keras reads no 3.0

    def changed(self, images: Tensor) -> Tensor:
        low, high = self.value_range
        fewest, most = self.factor
        bits = random_uniform_int(images.shape[:1], fewest, max(most, fewest + 1), seed=self.drawn())
        step = tensor(STEPS).gather(bits).reshape((-1, 1, 1, 1))
        levels = (images - low) * (FULL / (high - low))
        return (levels / step).floor() * step * ((high - low) / FULL) + low


@layer("random_color_jitter")
class RandomColorJitter(Augmenting):
    """While training changes brightness, contrast, saturation and hue of images, one after the other.

    `value_range`: ends of the values.
    `brightness_factor`, `contrast_factor`, `saturation_factor`, `hue_factor`: those of `random_brightness`,
    `random_contrast`, `random_saturation` and `random_hue`; None leaves it as it is.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's RandomColorJitter.

    >>> import glbackend as gl
    >>> layer = gl.layers.random_color_jitter(value_range=[0, 10], brightness_factor=[0.5, 0.5])
    >>> layer(gl.tensor([[[1., 2., 9.]]])).numpy().ravel().tolist()
    [6.0, 7.0, 10.0]
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        brightness_factor: Factor | None = None,
        contrast_factor: Factor | None = None,
        saturation_factor: Factor | None = None,
        hue_factor: Factor | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.value_range = range_of(value_range, self.class_name)
        self.brightness_factor, self.contrast_factor = brightness_factor, contrast_factor
        self.saturation_factor, self.hue_factor = saturation_factor, hue_factor
        kinds = RandomBrightness, RandomContrast, RandomSaturation, RandomHue
        factors = brightness_factor, contrast_factor, saturation_factor, hue_factor
        self.steps = [
            kind(factor, value_range=value_range, seed=None if self.seed is None else self.seed + i)
            for i, (kind, factor) in enumerate(zip(kinds, factors, strict=True))
            if factor is not None
        ]

    def changed(self, images: Tensor) -> Tensor:
        for one in self.steps:
            images = one.changed(images)
        return images


@layer("solarization")
class Solarization(Augmenting):
    """While training inverts the values of images that reach a threshold.

    `addition_factor`: what is added first, a share of the range, or two between which it is drawn.
    `threshold_factor`: the threshold, likewise; one number stands for 0 and itself.
    `value_range`: ends of the values.
    `seed`: makes the draws repeatable.
    `data_format`: of no meaning here; as of other layers.

    As Keras's Solarization.

    >>> import glbackend as gl
    >>> layer = gl.layers.solarization(threshold_factor=[0.5, 0.5])
    >>> layer(gl.tensor([[[1.], [255.]]])).numpy().ravel().tolist()
    [1.0, 0.0]
    """

    def __init__(
        self,
        addition_factor: Factor = 0.0,
        threshold_factor: Factor = 0.0,
        value_range: Sequence[float] = (0, 255),
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.addition_factor = list(self.spread("addition_factor", addition_factor, 0.0))
        self.threshold_factor = list(self.spread("threshold_factor", threshold_factor, 0.0))
        self.value_range = range_of(value_range, self.class_name)

    def changed(self, images: Tensor) -> Tensor:
        low, high = self.value_range
        added, threshold = (
            self.draws(images, ends).reshape((-1, 1, 1, 1)) * FULL
            for ends in (self.addition_factor, self.threshold_factor)
        )
        values = ((images - low) * (FULL / (high - low)) + added).clip_by_value(0.0, FULL)
        return values.where(values < threshold, FULL - values) * ((high - low) / FULL) + low


@layer("auto_contrast")
class AutoContrast(OverImages):
    """Spreads the values of each channel of each image over their whole range; what is all one stays.

    `value_range`: ends of the values.

    As Keras's AutoContrast.

    >>> import glbackend as gl
    >>> layer = gl.layers.auto_contrast(value_range=[0, 1])
    >>> layer(gl.tensor([[[2.], [3.], [4.]]])).numpy().ravel().tolist()
    [0.0, 0.5, 1.0]
    """

    def __init__(self, value_range: Sequence[float] = (0, 255), **options: Any) -> None:
        super().__init__(**options)
        self.value_range = range_of(value_range, self.class_name)

    def changed(self, images: Tensor) -> Tensor:
        low, high = self.value_range
        least, most = images.min((1, 2), True), images.max((1, 2), True)
        spread = (images - least) * (high - low) / (most - least).where(most > least, 1.0) + low
        return spread.where((most > least).broadcast_to(images.shape), images)


@layer("equalization")
class Equalization(OverImages):
    """While training gives each channel of a batch values that are spread evenly over their range.

    `value_range`: ends of the values.
    `bins`: how many different values are told apart.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    A channel of one value alone stays. As Keras's Equalization, which counts over the whole batch.

    >>> import glbackend as gl
    >>> layer = gl.layers.equalization(value_range=[0, 255])
    >>> layer(gl.tensor([[[3.], [4.], [5.]]])).numpy().ravel().tolist()
    [0.0, 128.0, 255.0]
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        bins: int = 256,
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.value_range, self.bins = range_of(value_range, self.class_name), self.positive("bins", bins)
        self.data_format = format_of(data_format, self.class_name)

    def call(self, inputs: Tensor, training: bool = True) -> Any:
        return super().call(inputs) if training else inputs

    def changed(self, images: Tensor) -> Tensor:
        (low, high), count = self.value_range, images.shape[-1]
        levels = ((images - low) * ((self.bins - 1) / (high - low))).clip_by_value(0, self.bins - 1)
        places = levels.cast("int32").reshape((-1, count))
        sums = dense_bincount(places.transpose(), [], self.bins).cumsum(1)
        least = sums.where(sums > 0, math.inf).min(1, True)
        rest = sums.max(1, True) - least
        table = ((sums - least) * FULL / rest.maximum(1.0)).round().clip_by_value(0.0, FULL)
        table = table * ((high - low) / FULL) + low
        at = places + range_(0, count, dtype="int32") * self.bins
        found = table.reshape((-1,)).gather(at.reshape((-1,))).reshape(images.shape)
        return found.where((rest.reshape((-1,)) > 0).broadcast_to(images.shape), images)
