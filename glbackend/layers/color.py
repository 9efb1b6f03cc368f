"""Layers that change the values of images: grey, inverted, solarized, of more contrast."""

from collections.abc import Sequence
from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.layers.augmentation import Augmenting, Factor
from glbackend.layers.image import OverImages, range_of
from glbackend.layers.layer import layer
from glbackend.ops.create import tensor

LUMA = (0.2989, 0.587, 0.114)  # of red, green and blue, as in TensorFlow
FULL = 255.0  # the range that factors are shares of


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
        grey = (images * tensor(LUMA)).sum(-1, True).broadcast_to(images.shape)
        chosen = self.draws(images, (0.0, 1.0)).reshape((-1, 1, 1, 1)) < self.factor
        return grey.where(chosen, images)


@layer("random_invert")
class RandomInvert(Augmenting):
    """While training turns the values of some images into their distance from the largest.

    `factor`: the share of images, or two between which it is drawn; one number stands for 0 and itself.
    `value_range`: ends of the values.
    `seed`: makes the draws repeatable.
    `data_format`: of no meaning here; as of other layers.

    As Keras's RandomInvert.

    >>> import glbackend as gl
    >>> gl.layers.random_invert(factor=[1.0, 1.0])(gl.tensor([[[1.], [255.]]])).numpy().ravel().tolist()
    [254.0, 0.0]
    """

    def __init__(self, factor: Factor = 1.0, value_range: Sequence[float] = (0, 255), **options: Any) -> None:
        super().__init__(**options)
        ends = [0.0, factor] if isinstance(factor, int | float) else factor
        self.factor = list(self.spread("factor", ends, 0.0))
        self.value_range = range_of(value_range, self.class_name)

    def changed(self, images: Tensor) -> Tensor:
        share, drawn = self.draws(images, self.factor), self.draws(images, (0.0, 1.0))
        return (self.value_range[1] - images).where((drawn < share).reshape((-1, 1, 1, 1)), images)


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
        added, threshold = (
            [0.0, one] if isinstance(one, int | float) else one for one in (addition_factor, threshold_factor)
        )
        self.addition_factor = list(self.spread("addition_factor", added, 0.0))
        self.threshold_factor = list(self.spread("threshold_factor", threshold, 0.0))
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
