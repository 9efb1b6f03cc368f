"""Convolution layers over sequences, images and volumes, and what all convolutions share."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.layers import activations, regularizers
from glbackend.layers.layer import layer
from glbackend.layers.spatial import Windowed, sizes
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.conv2d import fused_conv2d
from glbackend.ops.conv3d import conv3d
from glbackend.ops.grouped import grouped_convolution
from glbackend.ops.rows import in_one_pass


@lru_cache(maxsize=64)
def _biased(activation: str) -> Callable[..., Tensor]:
    return in_one_pass(lambda y, shift: activations.get(activation)(y + shift))


class Convolution(Windowed):
    """What convolutions share: a kernel and a bias, an activation that rides along where it can."""

    kernel: Tensor
    bias: Tensor | None
    activation: activations.Activation | None

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        *,
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        activation: Any = None,
        use_bias: bool = True,
        bias_initializer: Any = "zeros",
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.kernel_size = sizes(kernel_size, self.rank, "kernel_size", self.class_name)
        self.slide(self.kernel_size, strides, padding, data_format, dilation_rate)
        self.activation, self.use_bias = activations.get(activation), use_bias
        self.recipe("bias", bias_initializer, bias_regularizer, bias_constraint)
        self.activity_regularizer = regularizers.get(activity_regularizer)

    @property
    def placing(self) -> dict[str, Any]:
        """Where the kernel stands and how far its points are apart, as arguments of ops."""
        return {
            "strides": self.of_image(self.strides),
            "pad": self.pad,
            "dilations": self.of_image(self.dilation_rate),
        }

    def call(self, inputs: Tensor) -> Tensor:
        self.check_room(inputs)
        return self.convolve(inputs, self.kernel, self.bias, self.activation)

    def convolve(
        self, x: Tensor, kernel: Tensor, bias: Tensor | None, activation: activations.Activation | None
    ) -> Tensor:
        """The layer's convolution, with these weights and this activation."""
        riding, after = activations.split(activation)
        return after(self.as_given(self.fused(self.as_image(x), self.over_image(kernel), bias, riding)))

    def over_image(self, kernel: Tensor) -> Tensor:
        """A kernel as ops take it: that of a sequence has one row."""
        return kernel.expand_dims(0) if self.rank == 1 else kernel

    def fused(self, x: Tensor, kernel: Tensor, bias: Tensor | None, activation: str) -> Tensor:
        """The convolution of an image or a volume with bias and activation, in one kernel if there is one."""
        raise ArgumentError(f"layer class {type(self).__name__} convolves nothing")

    def finished(self, y: Tensor, bias: Tensor | None, activation: str) -> Tensor:
        """The result of an op that knows no bias and no activation, with them."""
        if bias is None:
            return activations.get(activation)(y)
        shift = bias.reshape((-1, *(1,) * (y.rank - 2))) if self.first else bias
        return _biased(activation)(y, shift)

    def scaled(self, factor: Tensor) -> Tensor:
        """The kernel, what gives each output channel times its factor."""
        raise ArgumentError(f"layer class {type(self).__name__} has no kernel")


class Filtering(Convolution):
    """What plain and transposed convolutions share: `filters` kernels, each over channels too."""

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        *,
        kernel_initializer: Any = "glorotNormal",
        kernel_regularizer: Any = None,
        kernel_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(kernel_size, strides, padding, **options)
        self.filters = self.positive("filters", filters)
        self.recipe("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)


class Grouping(Filtering):
    """What `conv1d`, `conv2d` and `conv3d` share: kernels over all channels, or each over a group."""

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        *,
        groups: int = 1,
        **options: Any,
    ) -> None:
        super().__init__(filters, kernel_size, strides, padding, **options)
        self.groups = self.positive("groups", groups)
        if self.filters % self.groups:
            raise ArgumentError(
                f"{self.class_name}: groups must divide filters, got groups {groups} and filters {filters}"
            )

    def build(self, input_shape: LayerShape) -> None:
        channels = self.channels(input_shape)
        if channels % self.groups:
            raise ShapeError(
                f"{self.class_name} {self.name!r}: groups must divide the channels of its input, got groups "
                f"{self.groups} and {channels} channels"
            )
        self.kernel = self.make("kernel", (*self.kernel_size, channels // self.groups, self.filters))
        self.bias = self.make("bias", (self.filters,)) if self.use_bias else None

    def fused(self, x: Tensor, kernel: Tensor, bias: Tensor | None, activation: str) -> Tensor:
        # differs from TF.js: groups count, as in Keras; there they are dropped
        if self.groups > 1:
            y = grouped_convolution(x, kernel, self.groups, self.op_format, **self.placing)
        elif self.rank == 3:
            y = conv3d(x, kernel, data_format=self.op_format, **self.placing)
        else:
            return fused_conv2d(
                x, kernel, data_format=self.op_format, bias=bias, activation=activation, **self.placing
            )
        return self.finished(y, bias, activation)

    def scaled(self, factor: Tensor) -> Tensor:
        return self.kernel * factor


@layer("conv1d", "Convolution1D")
class Conv1D(Grouping):
    """Convolution over the steps of a sequence with `filters` kernels, a bias and an activation.

    Input [batch, time, channels], with `data_format` "channelsFirst" [batch, channels, time]; output with
    `filters` channels. Weights kernel [kernel size, channels / groups, filters], bias [filters].

    `kernel_size`, `strides`, `dilation_rate`: in steps, one number each.
    `padding`: "valid" (only where the kernel fits), "same" (zeros around, so that strides 1 keep the length)
    or "causal" (as many zeros, all before the first step: no output sees a later one).
    `filters`, `data_format`, `groups`, `activation`, `use_bias`, `kernel_initializer`, `bias_initializer`,
    `kernel_regularizer`, `bias_regularizer`, `activity_regularizer`, `kernel_constraint`, `bias_constraint`:
    as in `conv2d`.

    Raises ShapeError where the input is shorter than the kernel. As `tf.layers.conv1d`.

    >>> import glbackend as gl
    >>> gl.layers.conv1d(filters=8, kernel_size=3, padding="causal")(gl.zeros([1, 20, 3])).shape
    (1, 20, 8)
    """

    rank = 1
    # differs from TF.js: "causal" pads, as in Keras; there it raises an error
    paddings = ("valid", "same", "causal")


@layer("conv2d", "Convolution2D")
class Conv2D(Grouping):
    """Convolution over height and width with `filters` kernels, a bias and an activation.

    Input [batch, height, width, channels], with `data_format` "channelsFirst" [batch, channels, height,
    width]; output with `filters` channels. Weights kernel [kernel height, kernel width, channels / groups,
    filters], bias [filters].

    `filters`: number of output channels.
    `kernel_size`: height and width of the kernel, one number for both.
    `strides`: rows and columns from one place of the kernel to the next.
    `padding`: "valid" (only where the kernel fits) or "same" (zeros around, so that strides 1 keep the size).
    `data_format`: "channelsLast" or "channelsFirst".
    `dilation_rate`: rows and columns from one of the kernel's points to the next; these or the strides must
    be 1.
    `groups`: into how many equal groups the channels of input and output fall; each group of the output sees
    its own group of the input alone.
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


@layer("conv3d", "Convolution3D")
class Conv3D(Grouping):
    """Convolution over depth, height and width with `filters` kernels, a bias and an activation.

    Input [batch, depth, height, width, channels], with `data_format` "channelsFirst" [batch, channels, depth,
    height, width]; output with `filters` channels. Weights kernel [kernel depth, kernel height, kernel width,
    channels / groups, filters], bias [filters].

    `kernel_size`, `strides`, `dilation_rate`: over depth, height and width, one number for all three.
    `filters`, `padding`, `data_format`, `groups`, `activation`, `use_bias`, `kernel_initializer`,
    `bias_initializer`, `kernel_regularizer`, `bias_regularizer`, `activity_regularizer`, `kernel_constraint`,
    `bias_constraint`: as in `conv2d`.

    Raises ShapeError where the input is smaller than the kernel. As `tf.layers.conv3d`.

    >>> import glbackend as gl
    >>> gl.layers.conv3d(filters=4, kernel_size=[1, 3, 3])(gl.zeros([1, 2, 8, 8, 3])).shape
    (1, 2, 6, 6, 4)
    """

    rank = 3
