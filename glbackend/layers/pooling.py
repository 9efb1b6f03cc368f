"""Pooling layers."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import layer
from glbackend.layers.spatial import Spatial, Windowed, format_of, sizes
from glbackend.ops.pool import avg_pool, max_pool


class Pooling(Windowed):
    """What pools share: a window that looks at each channel by itself."""

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
        self.slide(self.pool_size, strides or self.pool_size, padding, data_format)

    def call(self, inputs: Tensor) -> Tensor:
        return self.filled(self.restore(self.pool(self.channels_last(inputs))), inputs)

    def pool(self, x: Tensor) -> Tensor:
        """The pool of an input with channels last."""
        raise ArgumentError(f"layer class {type(self).__name__} has no pool()")


@layer("max_pooling2d", "max_pool2d")
class MaxPooling2D(Pooling):
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

    def pool(self, x: Tensor) -> Tensor:
        return max_pool(x, self.pool_size, self.strides, self.padding)


@layer("average_pooling2d", "avg_pool2d", "avg_pooling2d")
class AveragePooling2D(Pooling):
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

    def pool(self, x: Tensor) -> Tensor:
        return avg_pool(x, self.pool_size, self.strides, self.padding)


class GlobalPooling(Spatial):
    """What pools over all of space share; output [batch, channels]."""

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.data_format = format_of(data_format, self.class_name)
        # differs from TF.js: keepdims counts, as in Keras; there it is dropped
        self.keepdims = bool(keepdims)

    @property
    def axes(self) -> tuple[int, ...]:
        """The spatial dims."""
        return tuple(range(1 + self.first, self.rank + 1 + self.first))


@layer("global_average_pooling2d")
class GlobalAveragePooling2D(GlobalPooling):
    """The mean over height and width: [batch, channels].

    `data_format`: "channelsLast" for inputs [batch, height, width, channels], "channelsFirst" for [batch,
    channels, height, width].
    `keepdims`: whether height and width stay, as dims of 1.

    As `tf.layers.globalAveragePooling2d`.

    >>> import glbackend as gl
    >>> gl.layers.global_average_pooling2d()(gl.tensor([[[[1.], [2.]], [[3.], [4.]]]])).numpy().tolist()
    [[2.5]]
    """

    def call(self, inputs: Tensor) -> Tensor:
        return inputs.mean(self.axes, self.keepdims)


@layer("global_max_pooling2d", "global_max_pool2d")
class GlobalMaxPooling2D(GlobalPooling):
    """The largest value over height and width: [batch, channels].

    `data_format`: "channelsLast" for inputs [batch, height, width, channels], "channelsFirst" for [batch,
    channels, height, width].
    `keepdims`: whether height and width stay, as dims of 1.

    As `tf.layers.globalMaxPooling2d`.

    >>> import glbackend as gl
    >>> gl.layers.global_max_pooling2d()(gl.tensor([[[[1.], [2.]], [[3.], [4.]]]])).numpy().tolist()
    [[4.0]]
    """

    def call(self, inputs: Tensor) -> Tensor:
        return inputs.max(self.axes, self.keepdims)
