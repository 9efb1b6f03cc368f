"""Pools whose windows adapt: as many outputs as are asked for, whatever the size of the input."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from glbackend.base.counts import count_of
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import layer
from glbackend.layers.pooling import AveragePooling, MaxPooling
from glbackend.layers.spatial import Spatial, format_of, sizes
from glbackend.ops.adaptive import pooled_along

MOST_WINDOWS = 1 << 24  # along an axis: their places are listed on the host


class AdaptivePooling(Spatial):
    """What they share: a pool where the windows are equal, else one axis after the other."""

    pools: ClassVar[tuple[Callable[..., Tensor], ...]]  # over images, over volumes
    largest: ClassVar[bool]

    def __init__(
        self, output_size: int | Sequence[int], data_format: str | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.output_size = sizes(output_size, self.rank, "output_size", self.class_name)
        for size in self.output_size:
            count_of(size, "output_size", self.class_name, most=MOST_WINDOWS)
        self.data_format = format_of(data_format, self.class_name)

    def call(self, inputs: Tensor) -> Tensor:
        pairs = list(zip(self.space(inputs.shape), self.output_size, strict=True))
        if not any(size % count for size, count in pairs):
            window = self.of_image(tuple([size // count for size, count in pairs]))
            pool = self.pools[self.rank == 3]
            return self.restore(pool(self.channels_last(inputs), window, window, "valid"))
        for axis, (_, count) in enumerate(pairs, 1 + self.first):
            inputs = pooled_along(inputs, axis, count, self.largest)
        return inputs


class AdaptiveAverage(AdaptivePooling):
    """The mean of each window."""

    pools = AveragePooling.pools
    largest = False


class AdaptiveMax(AdaptivePooling):
    """The largest value of each window."""

    pools = MaxPooling.pools
    largest = True


@layer("adaptive_average_pooling1d", "adaptive_avg_pool1d")
class AdaptiveAveragePooling1D(AdaptiveAverage):
    """The mean of each of `output_size` windows that together cover a sequence.

    Input [batch, time, channels], with `data_format` "channelsFirst" [batch, channels, time]. Windows are
    about equally large, share places where the size is no multiple, and none is left out.

    `output_size`: number of windows, whatever the number of steps.
    `data_format`: "channelsLast" or "channelsFirst".

    As Keras's `AdaptiveAveragePooling1D`.

    >>> import glbackend as gl
    >>> gl.layers.adaptive_average_pooling1d(output_size=2)(gl.zeros([1, 5, 3])).shape
    (1, 2, 3)
    """

    rank = 1


@layer("adaptive_average_pooling2d", "adaptive_avg_pool2d")
class AdaptiveAveragePooling2D(AdaptiveAverage):
    """The mean of each of `output_size` windows that together cover an image.

    Input [batch, height, width, channels], with `data_format` "channelsFirst" [batch, channels, height,
    width]. Windows are about equally large, share places where the size is no multiple, and none is left
    out.

    `output_size`: rows and columns of the output, one number for both.
    `data_format`: "channelsLast" or "channelsFirst".

    As Keras's `AdaptiveAveragePooling2D`.

    >>> import glbackend as gl
    >>> gl.layers.adaptive_average_pooling2d(output_size=[2, 3])(gl.zeros([1, 5, 7, 3])).shape
    (1, 2, 3, 3)
    """


@layer("adaptive_average_pooling3d", "adaptive_avg_pool3d")
class AdaptiveAveragePooling3D(AdaptiveAverage):
    """The mean of each of `output_size` windows that together cover a volume.

    Input [batch, depth, height, width, channels], with `data_format` "channelsFirst" [batch, channels,
    depth, height, width]. Windows are about equally large, share places where the size is no multiple,
    and none is left out.

    `output_size`: depth, height and width of the output, one number for all three.
    `data_format`: "channelsLast" or "channelsFirst".

    As Keras's `AdaptiveAveragePooling3D`.

    >>> import glbackend as gl
    >>> gl.layers.adaptive_average_pooling3d(output_size=2)(gl.zeros([1, 4, 5, 7, 3])).shape
    (1, 2, 2, 2, 3)
    """

    rank = 3


@layer("adaptive_max_pooling1d", "adaptive_max_pool1d")
class AdaptiveMaxPooling1D(AdaptiveMax):
    """The largest value of each of `output_size` windows that together cover a sequence.

    Input [batch, time, channels], with `data_format` "channelsFirst" [batch, channels, time]. Windows are
    about equally large, share places where the size is no multiple, and none is left out.

    `output_size`: number of windows, whatever the number of steps.
    `data_format`: "channelsLast" or "channelsFirst".

    As Keras's `AdaptiveMaxPooling1D`.

    >>> import glbackend as gl
    >>> gl.layers.adaptive_max_pooling1d(output_size=2)(gl.zeros([1, 5, 3])).shape
    (1, 2, 3)
    """

    rank = 1


@layer("adaptive_max_pooling2d", "adaptive_max_pool2d")
class AdaptiveMaxPooling2D(AdaptiveMax):
    """The largest value of each of `output_size` windows that together cover an image.

    Input [batch, height, width, channels], with `data_format` "channelsFirst" [batch, channels, height,
    width]. Windows are about equally large, share places where the size is no multiple, and none is left
    out.

    `output_size`: rows and columns of the output, one number for both.
    `data_format`: "channelsLast" or "channelsFirst".

    As Keras's `AdaptiveMaxPooling2D`.

    >>> import glbackend as gl
    >>> gl.layers.adaptive_max_pooling2d(output_size=[2, 3])(gl.zeros([1, 5, 7, 3])).shape
    (1, 2, 3, 3)
    """


@layer("adaptive_max_pooling3d", "adaptive_max_pool3d")
class AdaptiveMaxPooling3D(AdaptiveMax):
    """The largest value of each of `output_size` windows that together cover a volume.

    Input [batch, depth, height, width, channels], with `data_format` "channelsFirst" [batch, channels,
    depth, height, width]. Windows are about equally large, share places where the size is no multiple,
    and none is left out.

    `output_size`: depth, height and width of the output, one number for all three.
    `data_format`: "channelsLast" or "channelsFirst".

    As Keras's `AdaptiveMaxPooling3D`.

    >>> import glbackend as gl
    >>> gl.layers.adaptive_max_pooling3d(output_size=2)(gl.zeros([1, 4, 5, 7, 3])).shape
    (1, 2, 2, 2, 3)
    """

    rank = 3
