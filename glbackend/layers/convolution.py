"""Convolution layers."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor
from glbackend.layers import activations, regularizers
from glbackend.layers.layer import layer
from glbackend.layers.spatial import Windowed, sizes
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.conv2d import fused_conv2d
from glbackend.ops.depthwise import fused_depthwise_conv2d


class Convolution(Windowed):
    """What convolutions share: a kernel and a bias made, an activation that rides along where it can."""

    kernel: Tensor
    bias: Tensor | None
    activation: activations.Activation

    def call(self, inputs: Tensor) -> Tensor:
        return self.filled(self.convolve(inputs, self.kernel, self.bias, self.activation), inputs)

    def convolve(
        self, x: Tensor, kernel: Tensor, bias: Tensor | None, activation: activations.Activation
    ) -> Tensor:
        """The layer's convolution, with these weights and this activation."""
        riding, after = activations.split(activation)
        return after(self.fused(x, kernel, bias, riding))

    def fused(self, x: Tensor, kernel: Tensor, bias: Tensor | None, activation: str) -> Tensor:
        """The convolution, bias and an activation in one kernel."""
        raise ArgumentError(f"layer class {type(self).__name__} convolves nothing")

    def scaled(self, factor: Tensor) -> Tensor:
        """The kernel, what gives each output channel times its factor."""
        raise ArgumentError(f"layer class {type(self).__name__} has no kernel")


@layer("conv2d")
class Conv2D(Convolution):
    """Convolution over height and width with `filters` kernels, a bias and an activation.

    Input [batch, height, width, channels], with `data_format` "channelsFirst" [batch, channels, height,
    width]; output with `filters` channels. Weights kernel [kernel height, kernel width, channels, filters],
    bias [filters].

    `filters`: number of output channels.
    `kernel_size`: height and width of the kernel, one number for both.
    `strides`: rows and columns from one place of the kernel to the next.
    `padding`: "valid" (only where the kernel fits) or "same" (zeros around, so that strides 1 keep the size).
    `data_format`: "channelsLast" or "channelsFirst".
    `dilation_rate`: rows and columns from one of the kernel's points to the next.
    `activation`: applied to the result, by name or a function.
    `use_bias`: whether a bias is added.
    `kernel_initializer`, `bias_initializer`: how the weights start.
    `kernel_regularizer`, `bias_regularizer`: what the weights cost in training.
    `activity_regularizer`: what the output costs in training.
    `kernel_constraint`, `bias_constraint`: what the weights are forced into after each step.

    Raises ShapeError where the input is smaller than the kernel. As `tf.layers.conv2d`.

    >>> import glbackend as gl
    >>> gl.layers.conv2d(filters=8, kernel_size=3, strides=2, padding="same")(gl.zeros([1, 28, 28, 3])).shape
    (1, 14, 14, 8)
    """

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
        super().__init__(**options)
        self.filters = self.positive("filters", filters)
        self.kernel_size = sizes(kernel_size, self.rank, "kernel_size", self.class_name)
        self.slide(self.kernel_size, strides, padding, data_format, dilation_rate)
        self.activation, self.use_bias = activations.get(activation), use_bias
        self.recipe("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        self.recipe("bias", bias_initializer, bias_regularizer, bias_constraint)
        self.activity_regularizer = regularizers.get(activity_regularizer)

    def build(self, input_shape: LayerShape) -> None:
        super().build(input_shape)
        self.kernel = self.make("kernel", (*self.kernel_size, self.channels(input_shape), self.filters))
        self.bias = self.make("bias", (self.filters,)) if self.use_bias else None

    def fused(self, x: Tensor, kernel: Tensor, bias: Tensor | None, activation: str) -> Tensor:
        return fused_conv2d(
            x, kernel, self.strides, self.padding, self.op_format, self.dilation_rate, bias=bias,
            activation=activation,
        )  # fmt: skip

    def scaled(self, factor: Tensor) -> Tensor:
        return self.kernel * factor


@layer("depthwise_conv2d")
class DepthwiseConv2D(Convolution):
    """Convolution of each channel by itself, with `depth_multiplier` kernels for each.

    Input [batch, height, width, channels], with `data_format` "channelsFirst" [batch, channels, height,
    width]; output with channels * depth_multiplier channels. Weights depthwise_kernel [kernel height, kernel
    width, channels, depth_multiplier], bias [channels * depth_multiplier].

    `kernel_size`, `strides`, `padding`, `data_format`, `dilation_rate`, `activation`, `use_bias`: as in
    `conv2d`. `depth_multiplier`: number of output channels for each input channel.
    `depthwise_initializer`, `bias_initializer`: how the weights start.
    `depthwise_regularizer`, `bias_regularizer`: what the weights cost in training.
    `activity_regularizer`: what the output costs in training.
    `depthwise_constraint`, `bias_constraint`: what the weights are forced into after each step.

    Raises ShapeError where the input is smaller than the kernel. As `tf.layers.depthwiseConv2d`.

    >>> import glbackend as gl
    >>> gl.layers.depthwise_conv2d(kernel_size=3, depth_multiplier=2)(gl.zeros([1, 5, 5, 4])).shape
    (1, 3, 3, 8)
    """

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
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.kernel_size = sizes(kernel_size, self.rank, "kernel_size", self.class_name)
        self.slide(self.kernel_size, strides, padding, data_format, dilation_rate)
        self.depth_multiplier = self.positive("depth_multiplier", depth_multiplier)
        self.activation, self.use_bias = activations.get(activation), use_bias
        self.recipe("depthwise", depthwise_initializer, depthwise_regularizer, depthwise_constraint)
        self.recipe("bias", bias_initializer, bias_regularizer, bias_constraint)
        self.activity_regularizer = regularizers.get(activity_regularizer)

    def build(self, input_shape: LayerShape) -> None:
        super().build(input_shape)
        channels = self.channels(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.kernel = self.make("depthwise", shape, "depthwise_kernel")
        self.bias = self.make("bias", (channels * self.depth_multiplier,)) if self.use_bias else None

    def fused(self, x: Tensor, kernel: Tensor, bias: Tensor | None, activation: str) -> Tensor:
        return fused_depthwise_conv2d(
            x, kernel, self.strides, self.padding, self.op_format, self.dilation_rate, bias=bias,
            activation=activation,
        )  # fmt: skip

    def scaled(self, factor: Tensor) -> Tensor:
        return self.kernel * factor.reshape(self.kernel.shape[2:])
