"""Convolution layers in two dims, and up-sampling."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.layers import activations, constraints, initializers, regularizers
from glbackend.layers.core import FUSED
from glbackend.layers.layer import Layer, LayerShape
from glbackend.ops.conv2d import fused_conv2d
from glbackend.ops.depthwise import fused_depthwise_conv2d
from glbackend.ops.image import resize_bilinear, resize_nearest_neighbor

FORMATS = {"channelslast": "channels_last", "nhwc": "channels_last",
           "channelsfirst": "channels_first", "nchw": "channels_first"}  # fmt: skip


def pair(value: int | Sequence[int], name: str, layer: str) -> tuple[int, int]:
    """Two positive whole numbers from one or two.

    >>> pair(3, "kernel_size", "conv2d")
    (3, 3)
    """
    values = (value, value) if isinstance(value, int | float) else tuple(value)
    if len(values) == 1:
        values = values * 2
    if len(values) != 2 or any(int(one) != one or one <= 0 for one in values):
        raise ArgumentError(f"{layer}: {name} must be one or two positive whole numbers, got {value}")
    return int(values[0]), int(values[1])


def padding_of(padding: Any, layer: str) -> str:
    """ "valid" or "same"; ArgumentError otherwise."""
    chosen = str(padding).lower()
    if chosen not in ("valid", "same"):
        raise ArgumentError(f"{layer}: padding must be 'valid' or 'same', got {padding!r}")
    return chosen


def format_of(data_format: Any, layer: str) -> str:
    """ "channels_last" (the default) or "channels_first"; ArgumentError otherwise."""
    chosen = FORMATS.get(str(data_format or "channels_last").replace("_", "").lower())
    if chosen is None:
        raise ArgumentError(
            f"{layer}: data_format must be 'channelsLast' or 'channelsFirst', got {data_format!r}"
        )
    return chosen


def convolved(size: int | None, kernel: int, stride: int, dilation: int, padding: str) -> int | None:
    """Length of the output of a convolution or pool along one dim.

    >>> convolved(28, 3, 2, 1, "same"), convolved(28, 3, 1, 1, "valid")
    (14, 26)
    """
    if size is None:
        return None
    reach = size if padding == "same" else size - (kernel - 1) * dilation
    return -(-reach // stride)


class _Spatial(Layer):
    """What layers over [batch, height, width, channels] share: the geometry and where the channels are."""

    def __init__(
        self,
        kernel: tuple[int, int],
        strides: Any,
        padding: Any,
        data_format: Any,
        dilation: Any,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.kernel_size = kernel
        self.strides = pair(strides, "strides", self.class_name)
        self.padding = padding_of(padding, self.class_name)
        self.data_format = format_of(data_format, self.class_name)
        self.dilation_rate = pair(dilation, "dilation_rate", self.class_name)

    @property
    def first(self) -> bool:
        """Whether channels come before height and width."""
        return self.data_format == "channels_first"

    def channels(self, shape: LayerShape) -> int:
        """Number of input channels; ShapeError where it is unknown or the rank is not 4."""
        if len(shape) != 4:
            raise ShapeError(
                f"{self.class_name} {self.name!r}: needs inputs of rank 4, got shape {list(shape)}"
            )
        found = shape[1 if self.first else 3]
        if found is None:
            raise ShapeError(f"{self.class_name} {self.name!r}: the channels of its input must be known")
        return found

    def output_shape_of(self, shape: LayerShape, channels: int) -> LayerShape:
        """Shape of the output for an input shape."""
        sizes = shape[2:] if self.first else shape[1:3]
        out = [
            convolved(size, k, s, d, self.padding)
            for size, k, s, d in zip(sizes, self.kernel_size, self.strides, self.dilation_rate, strict=True)
        ]
        if any(size is not None and size <= 0 for size in out):
            raise ShapeError(
                f"{self.class_name} {self.name!r}: an input of shape {list(shape)} is smaller than its window"
            )
        return (shape[0], channels, *out) if self.first else (shape[0], *out, channels)

    def channels_last(self, x: Tensor) -> Tensor:
        """The input with channels at the end."""
        return x.transpose((0, 2, 3, 1)) if self.first else x

    def restore(self, y: Tensor) -> Tensor:
        """The output with channels where the layer has them."""
        return y.transpose((0, 3, 1, 2)) if self.first else y

    def spatial_config(self) -> dict[str, Any]:
        """The config entries of the geometry."""
        return {
            "kernel_size": list(self.kernel_size),
            "strides": list(self.strides),
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": list(self.dilation_rate),
        }


class Conv2D(_Spatial):
    """Convolution with `filters` kernels, bias and activation. As `tf.layers.conv2d`.

    Input [batch, height, width, channels]; weights kernel [kh, kw, channels, filters], bias [filters].
    """

    class_name = "Conv2D"

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorotNormal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ) -> None:
        kernel = pair(kernel_size, "kernel_size", "conv2d")
        super().__init__(kernel, strides, padding, data_format, dilation_rate, **options)
        if int(filters) != filters or filters <= 0:
            raise ArgumentError(f"conv2d: filters must be a positive whole number, got {filters}")
        self.filters = int(filters)
        self.activation = activations.canonical(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def build(self, input_shape: LayerShape) -> None:
        shape = (*self.kernel_size, self.channels(input_shape), self.filters)
        self.kernel = self.add_weight(
            "kernel", shape, self.kernel_initializer, self.kernel_regularizer, self.kernel_constraint
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                "bias", (self.filters,), self.bias_initializer, self.bias_regularizer, self.bias_constraint
            )

    def compute_output_shape(self, input_shape: LayerShape) -> LayerShape:
        return self.output_shape_of(input_shape, self.filters)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return self.convolve(inputs, self.kernel, self.bias, self.activation)

    def convolve(self, x: Tensor, kernel: Tensor, bias: Tensor | None, activation: str) -> Tensor:
        """The layer's convolution, with these weights and this activation."""
        fused = activation if activation in FUSED else "linear"
        y = fused_conv2d(
            self.channels_last(x), kernel, self.strides, self.padding, dilations=self.dilation_rate,
            bias=bias, activation=fused,
        )  # fmt: skip
        return self.restore(y if fused == activation else activations.get(activation)(y))

    def scaled(self, factor: Tensor) -> Tensor:
        """The kernel, each output channel times its factor."""
        return self.kernel * factor

    def get_config(self) -> dict[str, Any]:
        return {
            "filters": self.filters,
            **self.spatial_config(),
            "activation": self.activation,
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
            **super().get_config(),
        }


class DepthwiseConv2D(_Spatial):
    """Convolution of each channel by itself with `depth_multiplier` kernels. As `tf.layers.depthwiseConv2d`.

    Weights depthwise_kernel [kh, kw, channels, depth_multiplier], bias [channels * depth_multiplier].
    """

    class_name = "DepthwiseConv2D"

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorotNormal",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ) -> None:
        kernel = pair(kernel_size, "kernel_size", "depthwiseConv2d")
        super().__init__(kernel, strides, padding, data_format, dilation_rate, **options)
        self.depth_multiplier = int(depth_multiplier)
        self.activation = activations.canonical(activation)
        self.use_bias = use_bias
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def build(self, input_shape: LayerShape) -> None:
        channels = self.channels(input_shape)
        self.kernel = self.add_weight(
            "depthwise_kernel",
            (*self.kernel_size, channels, self.depth_multiplier),
            self.depthwise_initializer,
            self.depthwise_regularizer,
            self.depthwise_constraint,
        )
        self.bias = None
        if self.use_bias:
            size = (channels * self.depth_multiplier,)
            self.bias = self.add_weight(
                "bias", size, self.bias_initializer, self.bias_regularizer, self.bias_constraint
            )

    def compute_output_shape(self, input_shape: LayerShape) -> LayerShape:
        return self.output_shape_of(input_shape, self.channels(input_shape) * self.depth_multiplier)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return self.convolve(inputs, self.kernel, self.bias, self.activation)

    def convolve(self, x: Tensor, kernel: Tensor, bias: Tensor | None, activation: str) -> Tensor:
        """The layer's convolution, with these weights and this activation."""
        fused = activation if activation in FUSED else "linear"
        y = fused_depthwise_conv2d(
            self.channels_last(x), kernel, self.strides, self.padding, dilations=self.dilation_rate,
            bias=bias, activation=fused,
        )  # fmt: skip
        return self.restore(y if fused == activation else activations.get(activation)(y))

    def scaled(self, factor: Tensor) -> Tensor:
        """The kernel, each output channel times its factor."""
        return self.kernel * factor.reshape(self.kernel.shape[2:])

    def get_config(self) -> dict[str, Any]:
        return {
            **self.spatial_config(),
            "depth_multiplier": self.depth_multiplier,
            "activation": self.activation,
            "use_bias": self.use_bias,
            "depthwise_initializer": initializers.serialize(self.depthwise_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "depthwise_regularizer": regularizers.serialize(self.depthwise_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "depthwise_constraint": constraints.serialize(self.depthwise_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
            **super().get_config(),
        }


class UpSampling2D(Layer):
    """Repeats (or blends) rows and columns `size` times. As `tf.layers.upSampling2d`."""

    class_name = "UpSampling2D"

    def __init__(
        self,
        size: int | Sequence[int] = (2, 2),
        data_format: str | None = None,
        interpolation: str = "nearest",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.size = pair(size, "size", "upSampling2d")
        self.data_format = format_of(data_format, "upSampling2d")
        if interpolation not in ("nearest", "bilinear"):
            raise ArgumentError(
                f"upSampling2d: interpolation must be 'nearest' or 'bilinear', got {interpolation!r}"
            )
        self.interpolation = interpolation

    def compute_output_shape(self, input_shape: LayerShape) -> LayerShape:
        first = self.data_format == "channels_first"
        sizes = input_shape[2:] if first else input_shape[1:3]
        out = [None if size is None else size * factor for size, factor in zip(sizes, self.size, strict=True)]
        return (*input_shape[:2], *out) if first else (input_shape[0], *out, input_shape[3])

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        first = self.data_format == "channels_first"
        x = inputs.transpose((0, 2, 3, 1)) if first else inputs
        size = (x.shape[1] * self.size[0], x.shape[2] * self.size[1])
        y = resize_nearest_neighbor(x, size) if self.interpolation == "nearest" else resize_bilinear(x, size)
        return y.transpose((0, 3, 1, 2)) if first else y

    def get_config(self) -> dict[str, Any]:
        return {"size": list(self.size), "data_format": self.data_format, "interpolation": self.interpolation,
                **super().get_config()}  # fmt: skip
