"""Pools over all of space at once."""

from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Mask, layer
from glbackend.layers.spatial import Spatial, format_of


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


class GlobalAverage(GlobalPooling):
    """The mean over all of space."""

    def call(self, inputs: Tensor) -> Tensor:
        return inputs.mean(self.axes, self.keepdims)


class GlobalMax(GlobalPooling):
    """The largest value over all of space."""

    def call(self, inputs: Tensor) -> Tensor:
        return inputs.max(self.axes, self.keepdims)


@layer("global_average_pooling1d", "global_avg_pool1d", "global_avg_pooling1d", "GlobalAvgPool1D")
class GlobalAveragePooling1D(GlobalAverage):
    """The mean over the steps of a sequence: [batch, channels].

    `data_format`: "channelsLast" for inputs [batch, time, channels], "channelsFirst" for [batch, channels,
    time].
    `keepdims`: whether time stays, as a dim of 1.

    Where it is given a `mask` (bool [batch, time]) only steps count where that is True; none at all give NaN.

    As `tf.layers.globalAveragePooling1d`.

    >>> import glbackend as gl
    >>> gl.layers.global_average_pooling1d()(gl.tensor([[[1.], [4.]]])).numpy().tolist()
    [[2.5]]
    """

    rank = 1

    # differs from TF.js: a mask counts, as in Keras; there it raises an error
    def call(self, inputs: Tensor, mask: Mask = None) -> Tensor:
        if mask is None:
            return super().call(inputs)
        (axis,) = self.axes
        counts = mask.cast("bool").expand_dims(1 if self.first else 2)
        total = inputs.where(counts, 0.0).sum(axis, self.keepdims)
        return total / counts.cast("float32").sum(axis, self.keepdims)


@layer("global_average_pooling2d", "global_avg_pool2d", "global_avg_pooling2d", "GlobalAvgPool2D")
class GlobalAveragePooling2D(GlobalAverage):
    """The mean over height and width: [batch, channels].

    `data_format`: "channelsLast" for inputs [batch, height, width, channels], "channelsFirst" for [batch,
    channels, height, width].
    `keepdims`: whether height and width stay, as dims of 1.

    As `tf.layers.globalAveragePooling2d`.

    >>> import glbackend as gl
    >>> gl.layers.global_average_pooling2d()(gl.tensor([[[[1.], [2.]], [[3.], [4.]]]])).numpy().tolist()
    [[2.5]]
    """


@layer("global_average_pooling3d", "global_avg_pool3d", "global_avg_pooling3d", "GlobalAvgPool3D")
class GlobalAveragePooling3D(GlobalAverage):
    """The mean over depth, height and width: [batch, channels].

    `data_format`: "channelsLast" for inputs [batch, depth, height, width, channels], "channelsFirst" for
    [batch, channels, depth, height, width].
    `keepdims`: whether depth, height and width stay, as dims of 1.

    As Keras's `GlobalAveragePooling3D`.

    >>> import glbackend as gl
    >>> gl.layers.global_average_pooling3d()(gl.tensor([[[[[1.], [2.]], [[3.], [4.]]]]])).numpy().tolist()
    [[2.5]]
    """

    rank = 3


@layer("global_max_pooling1d", "global_max_pool1d", "GlobalMaxPool1D")
class GlobalMaxPooling1D(GlobalMax):
    """The largest value over the steps of a sequence: [batch, channels].

    `data_format`: "channelsLast" for inputs [batch, time, channels], "channelsFirst" for [batch, channels,
    time].
    `keepdims`: whether time stays, as a dim of 1.

    As `tf.layers.globalMaxPooling1d`.

    >>> import glbackend as gl
    >>> gl.layers.global_max_pooling1d()(gl.tensor([[[1.], [4.]]])).numpy().tolist()
    [[4.0]]
    """

    rank = 1


@layer("global_max_pooling2d", "global_max_pool2d", "GlobalMaxPool2D")
class GlobalMaxPooling2D(GlobalMax):
    """The largest value over height and width: [batch, channels].

    `data_format`: "channelsLast" for inputs [batch, height, width, channels], "channelsFirst" for [batch,
    channels, height, width].
    `keepdims`: whether height and width stay, as dims of 1.

    As `tf.layers.globalMaxPooling2d`.

    >>> import glbackend as gl
    >>> gl.layers.global_max_pooling2d()(gl.tensor([[[[1.], [2.]], [[3.], [4.]]]])).numpy().tolist()
    [[4.0]]
    """


@layer("global_max_pooling3d", "global_max_pool3d", "GlobalMaxPool3D")
class GlobalMaxPooling3D(GlobalMax):
    """The largest value over depth, height and width: [batch, channels].

    `data_format`: "channelsLast" for inputs [batch, depth, height, width, channels], "channelsFirst" for
    [batch, channels, depth, height, width].
    `keepdims`: whether depth, height and width stay, as dims of 1.

    As Keras's `GlobalMaxPooling3D`.

    >>> import glbackend as gl
    >>> gl.layers.global_max_pooling3d()(gl.tensor([[[[[1.], [2.]], [[3.], [4.]]]]])).numpy().tolist()
    [[4.0]]
    """

    rank = 3
