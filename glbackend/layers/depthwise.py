"""Depthwise and separable convolution layers: each channel by itself, and then 1x1 over all."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.window import conv_window
from glbackend.engine.tensor import Tensor
from glbackend.layers.convolution import Convolution
from glbackend.layers.layer import layer
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.conv2d import fused_conv2d
from glbackend.ops.depthwise import depthwise_conv2d, fused_depthwise_conv2d
from glbackend.ops.window import channels_last, to_first, to_last


class EachByItself(Convolution):
    """What depthwise and separable convolutions share: the convolution of each channel by itself."""

    depth_multiplier: int

    @property
    def leaps(self) -> bool:
        """Whether strides and dilations are both above 1, which no op takes."""
        return max(self.strides) > 1 and max(self.dilation_rate) > 1

    def of_each(self, x: Tensor, kernel: Tensor) -> Tensor:
        """The depthwise convolution of an image, channels last."""
        placing = self.placing
        if self.first:
            placing["pad"] = channels_last(placing["pad"])
        if not self.leaps:
            return depthwise_conv2d(x, kernel, **placing)
        placing = conv_window(self.class_name, x.shape, kernel.shape, depthwise=True, **placing).attrs()
        rows, columns = placing.pop("strides")
        return depthwise_conv2d(x, kernel, 1, **placing)[:, ::rows, ::columns]


class Depthwise(EachByItself):
    """What depthwise convolutions share: `depth_multiplier` kernels for each channel."""

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        *,
        depthwise_initializer: Any = "glorotNormal",
        depthwise_regularizer: Any = None,
        depthwise_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(kernel_size, strides, padding, **options)
        self.depth_multiplier = self.positive("depth_multiplier", depth_multiplier)
        self.recipe("depthwise", depthwise_initializer, depthwise_regularizer, depthwise_constraint)

    def build(self, input_shape: LayerShape) -> None:
        channels = self.channels(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.kernel = self.make("depthwise", shape, "depthwise_kernel")
        self.bias = self.make("bias", (channels * self.depth_multiplier,)) if self.use_bias else None

    def fused(self, x: Tensor, kernel: Tensor, bias: Tensor | None, activation: str) -> Tensor:
        if self.leaps:
            y = self.of_each(to_last(x) if self.first else x, kernel)
            return self.finished(to_first(y) if self.first else y, bias, activation)
        return fused_depthwise_conv2d(
            x, kernel, data_format=self.op_format, bias=bias, activation=activation, **self.placing
        )

    def scaled(self, factor: Tensor) -> Tensor:
        return self.kernel * factor.reshape(self.kernel.shape[-2:])


@layer("depthwise_conv1d")
class DepthwiseConv1D(Depthwise):
    """Convolution of each channel of a sequence by itself, with `depth_multiplier` kernels for each.

    Input [batch, time, channels], with `data_format` "channelsFirst" [batch, channels, time]; output with
    channels * depth_multiplier channels. Weights depthwise_kernel [kernel size, channels, depth_multiplier],
    bias [channels * depth_multiplier].

    `kernel_size`, `strides`, `dilation_rate`: in steps, one number each.
    `padding`, `depth_multiplier`, `data_format`, `activation`, `use_bias`, `depthwise_initializer`,
    `bias_initializer`, `depthwise_regularizer`, `bias_regularizer`, `activity_regularizer`,
    `depthwise_constraint`, `bias_constraint`: as in `depthwise_conv2d`.

    Raises ShapeError where the input is shorter than the kernel. As Keras's `DepthwiseConv1D`.

    >>> import glbackend as gl
    >>> gl.layers.depthwise_conv1d(kernel_size=3, depth_multiplier=2)(gl.zeros([1, 5, 4])).shape
    (1, 3, 8)
    """

    rank = 1

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        *,
        depthwise_initializer: Any = "glorotUniform",
        **options: Any,
    ) -> None:
        options["depthwise_initializer"] = depthwise_initializer
        super().__init__(kernel_size, strides, padding, depth_multiplier, **options)


@layer("depthwise_conv2d")
class DepthwiseConv2D(Depthwise):
    """Convolution of each channel by itself, with `depth_multiplier` kernels for each.

    Input [batch, height, width, channels], with `data_format` "channelsFirst" [batch, channels, height,
    width]; output with channels * depth_multiplier channels. Weights depthwise_kernel [kernel height, kernel
    width, channels, depth_multiplier], bias [channels * depth_multiplier].

    `kernel_size`, `strides`, `padding`, `data_format`, `dilation_rate`, `activation`, `use_bias`: as in
    `conv2d`, but strides and dilations may both be above 1.
    `depth_multiplier`: number of output channels for each input channel.
    `depthwise_initializer`, `bias_initializer`: how the weights start.
    `depthwise_regularizer`, `bias_regularizer`: what the weights cost in training.
    `activity_regularizer`: what the output costs in training.
    `depthwise_constraint`, `bias_constraint`: what the weights are forced into after each step.

    Raises ShapeError where the input is smaller than the kernel. As `tf.layers.depthwiseConv2d`.

    >>> import glbackend as gl
    >>> gl.layers.depthwise_conv2d(kernel_size=3, depth_multiplier=2)(gl.zeros([1, 5, 5, 4])).shape
    (1, 3, 3, 8)
    """


class Separable(EachByItself):
    """What separable convolutions share: a depthwise one, then one of size 1 over what it gives."""

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        *,
        depth_multiplier: int = 1,
        depthwise_initializer: Any = "glorotUniform",
        pointwise_initializer: Any = "glorotUniform",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(kernel_size, strides, padding, **options)
        self.filters = self.positive("filters", filters)
        self.depth_multiplier = self.positive("depth_multiplier", depth_multiplier)
        self.recipe("depthwise", depthwise_initializer, depthwise_regularizer, depthwise_constraint)
        # differs from TF.js: pointwise_initializer counts, as in Keras; there it is the depthwise one
        self.recipe("pointwise", pointwise_initializer, pointwise_regularizer, pointwise_constraint)

    def build(self, input_shape: LayerShape) -> None:
        channels = self.channels(input_shape)
        between = channels * self.depth_multiplier
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self.make("depthwise", shape, "depthwise_kernel")
        self.kernel = self.make("pointwise", (*(1,) * self.rank, between, self.filters), "pointwise_kernel")
        self.bias = self.make("bias", (self.filters,)) if self.use_bias else None

    def fused(self, x: Tensor, kernel: Tensor, bias: Tensor | None, activation: str) -> Tensor:
        y = self.of_each(to_last(x) if self.first else x, self.over_image(self.depthwise_kernel))
        y = fused_conv2d(y, kernel, 1, "valid", bias=bias, activation=activation)
        return to_first(y) if self.first else y

    def scaled(self, factor: Tensor) -> Tensor:
        return self.kernel * factor


@layer("separable_conv1d", "SeparableConvolution1D")
class SeparableConv1D(Separable):
    """Convolution of each channel of a sequence by itself, then of all channels at each step.

    Input [batch, time, channels], with `data_format` "channelsFirst" [batch, channels, time]; output with
    `filters` channels. Weights depthwise_kernel [kernel size, channels, depth_multiplier], pointwise_kernel
    [1, channels * depth_multiplier, filters], bias [filters].

    `kernel_size`, `strides`, `padding`, `dilation_rate`: as in `conv1d`, for each channel by itself.
    `filters`, `depth_multiplier`, `data_format`, `activation`, `use_bias`, `depthwise_initializer`,
    `pointwise_initializer`, `bias_initializer`, `depthwise_regularizer`, `pointwise_regularizer`,
    `bias_regularizer`, `activity_regularizer`, `depthwise_constraint`, `pointwise_constraint`,
    `bias_constraint`: as in `separable_conv2d`.

    Raises ShapeError where the input is shorter than the kernel. As Keras's `SeparableConv1D`.

    >>> import glbackend as gl
    >>> gl.layers.separable_conv1d(filters=8, kernel_size=3)(gl.zeros([1, 5, 4])).shape
    (1, 3, 8)
    """

    rank = 1
    paddings = ("valid", "same", "causal")


@layer("separable_conv2d", "SeparableConvolution2D")
class SeparableConv2D(Separable):
    """Convolution of each channel by itself, then of all channels at each pixel.

    Input [batch, height, width, channels], with `data_format` "channelsFirst" [batch, channels, height,
    width]; output with `filters` channels. Weights depthwise_kernel [kernel height, kernel width, channels,
    depth_multiplier], pointwise_kernel [1, 1, channels * depth_multiplier, filters], bias [filters].

    `filters`: number of output channels.
    `kernel_size`, `strides`, `padding`, `data_format`, `dilation_rate`: as in `conv2d`, for each channel by
    itself; strides and dilations may both be above 1.
    `depth_multiplier`: number of channels that come of each of them.
    `activation`, `use_bias`: as in `conv2d`, applied once, to the result.
    `depthwise_initializer`, `pointwise_initializer`, `bias_initializer`: how the weights start.
    `depthwise_regularizer`, `pointwise_regularizer`, `bias_regularizer`: what they cost in training.
    `activity_regularizer`: what the output costs in training.
    `depthwise_constraint`, `pointwise_constraint`, `bias_constraint`: what the weights are forced into after
    each step.

    Raises ShapeError where the input is smaller than the kernel. As `tf.layers.separableConv2d`.

    >>> import glbackend as gl
    >>> gl.layers.separable_conv2d(filters=8, kernel_size=3)(gl.zeros([1, 5, 5, 4])).shape
    (1, 3, 3, 8)
    """
