"""Transposed convolution layers: each value of the input spreads a kernel over the output."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor
from glbackend.layers.convolution import Filtering
from glbackend.layers.layer import layer
from glbackend.layers.spatial import sizes
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.conv2d import conv2d_transpose
from glbackend.ops.conv3d import conv3d_transpose


class Transposed(Filtering):
    """What transposed convolutions share: the size of an output from which these windows give the input."""

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        output_padding: int | Sequence[int] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(filters, kernel_size, strides, padding, **options)
        # differs from TF.js: output_padding and dilation_rate count, as in Keras; there they are dropped
        self.output_padding = None
        if output_padding is not None:
            self.output_padding = sizes(output_padding, self.rank, "output_padding", self.class_name, 0)
            self._check_padding()

    def _check_padding(self) -> None:
        """ArgumentError for what no convolution of these windows could have left over."""
        for more, stride, extent in zip(self.output_padding or (), self.strides, self.extent, strict=True):
            least = 1 if self.padding == "same" and extent % 2 == 0 else 0
            if not least <= more < stride + least:
                raise ArgumentError(
                    f"{self.class_name}: output_padding must be below strides, and above 0 with padding "
                    f"'same' and an even kernel, got {list(self.output_padding or ())} with strides "
                    f"{list(self.strides)}"
                )

    def check_room(self, x: Tensor) -> None:
        """There is room in any input."""

    def build(self, input_shape: LayerShape) -> None:
        self.kernel = self.make("kernel", (*self.kernel_size, self.filters, self.channels(input_shape)))
        self.bias = self.make("bias", (self.filters,)) if self.use_bias else None

    def grown(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """Size of the output for a size of the input."""
        found = []
        for i, (count, stride, extent) in enumerate(zip(size, self.strides, self.extent, strict=True)):
            same = self.padding == "same"
            if self.output_padding is not None:
                reach = (extent % 2 if same else extent) + self.output_padding[i]
            else:
                reach = stride if same else max(extent, stride)
            found.append((count - 1) * stride + reach)
        return tuple(found)

    def fused(self, x: Tensor, kernel: Tensor, bias: Tensor | None, activation: str) -> Tensor:
        size = self.space(self.as_given(x).shape)
        grown = self.of_image(self.grown(size))
        shape = (x.shape[0], self.filters, *grown) if self.first else (x.shape[0], *grown, self.filters)
        transpose = conv3d_transpose if self.rank == 3 else conv2d_transpose
        y = transpose(x, kernel, shape, data_format=self.op_format, **self.placing)
        return self.finished(y, bias, activation)

    def scaled(self, factor: Tensor) -> Tensor:
        return self.kernel * factor.expand_dims(1)


@layer("conv1d_transpose", "Convolution1DTranspose")
class Conv1DTranspose(Transposed):
    """The transposed convolution ("deconvolution") of a sequence, with a bias and an activation.

    Input [batch, time, channels], with `data_format` "channelsFirst" [batch, channels, time]; output with
    `filters` channels. Weights kernel [kernel size, filters, channels], bias [filters].

    `kernel_size`, `strides`, `dilation_rate`: in steps, one number each.
    `filters`, `padding`, `output_padding`, `data_format`, `activation`, `use_bias`, `kernel_initializer`,
    `bias_initializer`, `kernel_regularizer`, `bias_regularizer`, `activity_regularizer`, `kernel_constraint`,
    `bias_constraint`: as in `conv2d_transpose`.

    Raises ShapeError for inputs of another rank. As Keras's `Conv1DTranspose`.

    >>> import glbackend as gl
    >>> gl.layers.conv1d_transpose(filters=8, kernel_size=3, strides=2)(gl.zeros([1, 5, 4])).shape
    (1, 11, 8)
    """

    rank = 1

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        output_padding: int | Sequence[int] | None = None,
        *,
        kernel_initializer: Any = "glorotUniform",
        **options: Any,
    ) -> None:
        options["kernel_initializer"] = kernel_initializer
        super().__init__(filters, kernel_size, strides, padding, output_padding, **options)


@layer("conv2d_transpose", "Convolution2DTranspose")
class Conv2DTranspose(Transposed):
    """The transposed convolution ("deconvolution") of images, with a bias and an activation.

    Input [batch, height, width, channels], with `data_format` "channelsFirst" [batch, channels, height,
    width]; output with `filters` channels, height and width about `strides` times as large. Weights kernel
    [kernel height, kernel width, filters, channels], bias [filters].

    `filters`: number of output channels.
    `kernel_size`: height and width of the kernel, one number for both.
    `strides`: rows and columns of the output for each one of the input.
    `padding`: "valid" (all that the kernels reach) or "same" (size * strides, the rest cut off).
    `output_padding`: rows and columns more than the smallest output that such a convolution has; None gives
    "same" its size, and "valid" no less than strides for each row.
    `dilation_rate`: rows and columns from one of the kernel's points to the next; these or the strides must
    be 1.
    `data_format`, `activation`, `use_bias`, `kernel_initializer`, `bias_initializer`, `kernel_regularizer`,
    `bias_regularizer`, `activity_regularizer`, `kernel_constraint`, `bias_constraint`: as in `conv2d`.

    Raises ShapeError for inputs of another rank. As `tf.layers.conv2dTranspose`.

    >>> import glbackend as gl
    >>> gl.layers.conv2d_transpose(filters=3, kernel_size=3, strides=2)(gl.zeros([1, 5, 5, 8])).shape
    (1, 11, 11, 3)
    """


@layer("conv3d_transpose", "Convolution3DTranspose")
class Conv3DTranspose(Transposed):
    """The transposed convolution ("deconvolution") of volumes, with a bias and an activation.

    Input [batch, depth, height, width, channels], with `data_format` "channelsFirst" [batch, channels, depth,
    height, width]; output with `filters` channels. Weights kernel [kernel depth, kernel height, kernel width,
    filters, channels], bias [filters].

    `kernel_size`, `strides`, `dilation_rate`, `output_padding`: over depth, height and width, one number for
    all three; else as in `conv2d_transpose`, as are
    `filters`, `padding`, `data_format`, `activation`, `use_bias`, `kernel_initializer`, `bias_initializer`,
    `kernel_regularizer`, `bias_regularizer`, `activity_regularizer`, `kernel_constraint`, `bias_constraint`.

    Raises ShapeError for inputs of another rank. As `tf.layers.conv3dTranspose`.

    >>> import glbackend as gl
    >>> gl.layers.conv3d_transpose(filters=3, kernel_size=2, strides=2)(gl.zeros([1, 2, 4, 4, 8])).shape
    (1, 4, 8, 8, 3)
    """

    rank = 3
