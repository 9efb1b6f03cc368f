"""Pooling layers in two dims."""

from collections.abc import Sequence
from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.layers.convolutional import _Spatial, format_of, pair
from glbackend.layers.layer import Layer, LayerShape
from glbackend.ops.pool import avg_pool, max_pool


class _Pooling2D(_Spatial):
    def __init__(
        self,
        pool_size: int | Sequence[int] = (2, 2),
        strides: int | Sequence[int] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        self.pool_size = pair(pool_size, "pool_size", self.class_name)
        super().__init__(self.pool_size, strides or self.pool_size, padding, data_format, 1, **options)

    def compute_output_shape(self, input_shape: LayerShape) -> LayerShape:
        return self.output_shape_of(input_shape, self.channels(input_shape))

    def get_config(self) -> dict[str, Any]:
        return {"pool_size": list(self.pool_size), "padding": self.padding, "strides": list(self.strides),
                "data_format": self.data_format, **super().get_config()}  # fmt: skip


class MaxPooling2D(_Pooling2D):
    """The largest value of each window. As `tf.layers.maxPooling2d`."""

    class_name = "MaxPooling2D"

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return self.restore(max_pool(self.channels_last(inputs), self.pool_size, self.strides, self.padding))


class AveragePooling2D(_Pooling2D):
    """The mean of each window. As `tf.layers.averagePooling2d`."""

    class_name = "AveragePooling2D"

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return self.restore(avg_pool(self.channels_last(inputs), self.pool_size, self.strides, self.padding))


class _GlobalPooling2D(Layer):
    def __init__(self, data_format: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.data_format = format_of(data_format, self.class_name)

    @property
    def axes(self) -> tuple[int, int]:
        """Height and width."""
        return (2, 3) if self.data_format == "channels_first" else (1, 2)

    def compute_output_shape(self, input_shape: LayerShape) -> LayerShape:
        return (input_shape[0], input_shape[1 if self.data_format == "channels_first" else 3])

    def get_config(self) -> dict[str, Any]:
        return {"data_format": self.data_format, **super().get_config()}


class GlobalAveragePooling2D(_GlobalPooling2D):
    """The mean over height and width: [batch, channels]. As `tf.layers.globalAveragePooling2d`."""

    class_name = "GlobalAveragePooling2D"

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return inputs.mean(self.axes)


class GlobalMaxPooling2D(_GlobalPooling2D):
    """The largest value over height and width: [batch, channels]. As `tf.layers.globalMaxPooling2d`."""

    class_name = "GlobalMaxPooling2D"

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return inputs.max(self.axes)
