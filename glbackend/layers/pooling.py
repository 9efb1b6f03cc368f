"""Pooling layers: windows over sequences, images and volumes."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import layer
from glbackend.layers.spatial import Windowed, sizes
from glbackend.ops.pool import avg_pool, avg_pool3d, max_pool, max_pool3d


class Pooling(Windowed):
    """What pools share: a window that looks at each channel by itself."""

    pools: ClassVar[tuple[Callable[..., Tensor], ...]]  # over images, over volumes

    def __init__(
        self,
        pool_size: int | Sequence[int] = 2,
        strides: int | Sequence[int] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.pool_size = sizes(pool_size, self.rank, "pool_size", self.class_name)
        self.slide(self.pool_size, self.pool_size if strides is None else strides, padding, data_format)

    def call(self, inputs: Tensor) -> Tensor:
        self.check_room(inputs)
        x, pool = self.channels_last(inputs), self.pools[self.rank == 3]
        return self.restore(pool(x, self.of_image(self.pool_size), self.of_image(self.strides), self.padding))


class MaxPooling(Pooling):
    """The largest of each window."""

    pools = (max_pool, max_pool3d)


class AveragePooling(Pooling):
    """The mean of each window, of what lies within the input."""

    pools = (avg_pool, avg_pool3d)


@layer("max_pooling1d", "max_pool1d", "MaxPool1D")
class MaxPooling1D(MaxPooling):
    """The largest value of each window over the steps of a sequence, for each channel by itself.

    Input [batch, time, channels], with `data_format` "channelsFirst" [batch, channels, time].

    `pool_size`, `strides`: in steps, one number each.
    `padding`, `data_format`: as in `max_pooling2d`.

    Raises ShapeError where the input is shorter than a window. As `tf.layers.maxPooling1d`.

    >>> import glbackend as gl
    >>> x = gl.tensor([[[1.], [3.], [2.], [4.]]])
    >>> gl.layers.max_pooling1d(pool_size=2)(x).numpy().ravel().tolist()
    [3.0, 4.0]
    """

    rank = 1


@layer("max_pooling2d", "max_pool2d", "MaxPool2D")
class MaxPooling2D(MaxPooling):
    """The largest value of each window, for each channel by itself.

    Input [batch, height, width, channels], with `data_format` "channelsFirst" [batch, channels, height,
    width].

    `pool_size`: height and width of the window, one number for both.
    `strides`: rows and columns from one window to the next; the window's own size where None.
    `padding`: "valid" (only whole windows) or "same" (windows reach over the border, where nothing counts).
    `data_format`: "channelsLast" or "channelsFirst".

    Raises ShapeError where the input is smaller than a window. As `tf.layers.maxPooling2d`.

    >>> import glbackend as gl
    >>> gl.layers.max_pooling2d(pool_size=2)(gl.tensor([[[[1.], [2.]], [[3.], [4.]]]])).item()
    4.0
    """


@layer("max_pooling3d", "max_pool3d", "MaxPool3D")
class MaxPooling3D(MaxPooling):
    """The largest value of each window over a volume, for each channel by itself.

    Input [batch, depth, height, width, channels], with `data_format` "channelsFirst" [batch, channels, depth,
    height, width].

    `pool_size`, `strides`: over depth, height and width, one number for all three.
    `padding`, `data_format`: as in `max_pooling2d`.

    Raises ShapeError where the input is smaller than a window. As `tf.layers.maxPooling3d`.

    >>> import glbackend as gl
    >>> gl.layers.max_pooling3d(pool_size=[1, 2, 2])(gl.zeros([1, 3, 8, 8, 2])).shape
    (1, 3, 4, 4, 2)
    """

    rank = 3


@layer("average_pooling1d", "avg_pool1d", "avg_pooling1d", "AvgPool1D")
class AveragePooling1D(AveragePooling):
    """The mean of each window over the steps of a sequence, for each channel by itself.

    Input [batch, time, channels], with `data_format` "channelsFirst" [batch, channels, time].

    `pool_size`, `strides`: in steps, one number each.
    `padding`, `data_format`: as in `average_pooling2d`.

    Raises ShapeError where the input is shorter than a window. As `tf.layers.averagePooling1d`.

    >>> import glbackend as gl
    >>> x = gl.tensor([[[1.], [3.], [2.], [4.]]])
    >>> gl.layers.average_pooling1d(pool_size=2)(x).numpy().ravel().tolist()
    [2.0, 3.0]
    """

    rank = 1


@layer("average_pooling2d", "avg_pool2d", "avg_pooling2d", "AvgPool2D")
class AveragePooling2D(AveragePooling):
    """The mean of each window, for each channel by itself.

    Input [batch, height, width, channels], with `data_format` "channelsFirst" [batch, channels, height,
    width].

    `pool_size`: height and width of the window, one number for both.
    `strides`: rows and columns from one window to the next; the window's own size where None.
    `padding`: "valid" (only whole windows) or "same" (windows reach over the border, where nothing counts).
    `data_format`: "channelsLast" or "channelsFirst".

    Raises ShapeError where the input is smaller than a window. As `tf.layers.averagePooling2d`.

    >>> import glbackend as gl
    >>> gl.layers.average_pooling2d(pool_size=2)(gl.tensor([[[[1.], [2.]], [[3.], [4.]]]])).item()
    2.5
    """


@layer("average_pooling3d", "avg_pool3d", "avg_pooling3d", "AvgPool3D")
class AveragePooling3D(AveragePooling):
    """The mean of each window over a volume, for each channel by itself.

    Input [batch, depth, height, width, channels], with `data_format` "channelsFirst" [batch, channels, depth,
    height, width].

    `pool_size`, `strides`: over depth, height and width, one number for all three.
    `padding`, `data_format`: as in `average_pooling2d`.

    Raises ShapeError where the input is smaller than a window. As `tf.layers.averagePooling3d`.

    >>> import glbackend as gl
    >>> gl.layers.average_pooling3d(pool_size=[1, 2, 2])(gl.zeros([1, 3, 8, 8, 2])).shape
    (1, 3, 4, 4, 2)
    """

    rank = 3
