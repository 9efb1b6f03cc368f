"""Convolutional LSTMs, of any rank: their products are convolutions, their states are images."""

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from glbackend.engine.tensor import Tensor
from glbackend.layers.cells import LSTMCell, walk
from glbackend.layers.layer import Layer, layer
from glbackend.layers.recurrent import Recurrent
from glbackend.layers.spatial import Windowed, sizes
from glbackend.layers.states import States
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.concat import unstack
from glbackend.ops.conv2d import fused_conv2d
from glbackend.ops.conv3d import conv3d
from glbackend.ops.create import ones, zeros
from glbackend.ops.random import dropout
from glbackend.ops.recurrent import next_states


class ConvLSTMCell(Windowed, LSTMCell):
    """What the cells of all ranks share; within they compute on images with the channels last."""

    unsaved = Layer.unsaved | {"implementation"}  # which no file of one has

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        **options: Any,
    ) -> None:
        super().__init__(units=filters, **options)
        self.filters = self.positive("filters", filters)
        self.kernel_size = sizes(kernel_size, self.rank, "kernel_size", self.class_name)
        self.slide(self.kernel_size, strides, padding, data_format, dilation_rate)

    def build(self, input_shape: LayerShape) -> None:
        width = self.gate_count * self.filters
        self.kernel = self.make("kernel", (*self.kernel_size, self.channels(input_shape), width))
        self.recurrent_kernel = self.make(
            "recurrent", (*self.kernel_size, self.filters, width), "recurrent_kernel"
        )
        self.bias = self.make_bias() if self.use_bias else None
        space = self._space(input_shape[2:] if self.first else input_shape[1:-1])
        state = (self.filters, *space) if self.first else (*space, self.filters)
        self.state_size: list[Any] = [state] * self.state_count

    def _space(self, given: LayerShape) -> LayerShape:
        """Sizes of the states for those of the inputs, None where they are not known."""
        found = []
        for size, window, stride, apart in zip(
            given, self.kernel_size, self.strides, self.dilation_rate, strict=True
        ):
            room = 0 if self.padding == "same" else (window - 1) * apart
            found.append(None if size is None else -((room - size) // stride))
        return tuple(found)

    def through(
        self, x: Tensor, states: States, mask: Tensor | None, training: bool, whole: bool, ends: bool
    ) -> tuple[Tensor, States]:
        """As of other cells: the inputs' part of all steps is one convolution."""
        batch, steps = x.shape[:2]
        if training and self.dropout:
            x = x * dropout(ones((batch, 1, *x.shape[2:])), self.dropout)
        frames = x.reshape((batch * steps, *x.shape[2:]))
        self.check_room(frames)
        kernel, recurrent = (
            one.expand_dims(0) if self.rank == 1 else one for one in (self.kernel, self.recurrent_kernel)
        )
        strides, dilations = self.of_image(self.strides), self.of_image(self.dilation_rate)
        z = _convolved(self.channels_last(frames), kernel, strides, self.padding, dilations, self.bias)
        shape = (batch, *z.shape[1:-1], self.filters)
        pieces = unstack(z.reshape((batch, steps, *z.shape[1:])), 1)
        drops = training and self.recurrent_dropout > 0
        kept = dropout(ones(shape), self.recurrent_dropout) if drops else None

        def step(states: States, time: int) -> tuple[Tensor, States]:
            h = states[0] if kept is None else states[0] * kept
            inner = _convolved(h, recurrent, 1, "same")
            following = next_states(
                self.kind, pieces[time], inner, states, self.activation, self.recurrent_activation
            )
            return following[0], following

        first = [self.channels_last(one) for one in states] or [zeros(shape)] * self.state_count
        out, last = walk(step, first, steps, mask, whole)
        ahead = out.shape[: 2 if whole else 1]
        flat = self.restore(out.reshape((math.prod(ahead), *shape[1:])))
        return flat.reshape((*ahead, *flat.shape[1:])), [*map(self.restore, last)]


def _convolved(
    x: Tensor, kernel: Tensor, strides: Any, padding: str, dilations: Any = 1, bias: Tensor | None = None
) -> Tensor:
    """The convolution of images or volumes, channels last, and the bias."""
    if x.rank == 4:
        return fused_conv2d(x, kernel, strides, padding, "NHWC", dilations, bias=bias)
    y = conv3d(x, kernel, strides, padding, "NDHWC", dilations)
    return y if bias is None else y + bias


@layer("conv_lstm2d_cell", "conv_lstm_cell")  # the second as Keras names it
class ConvLSTM2DCell(ConvLSTMCell):
    """One step of `conv_lstm2d`: c' = f c + i act(z), h' = o act(c'), the gates i, f, z, o from convolutions.

    The states are h and c [batch, new height, new width, filters]. Input [batch, height, width, channels]
    and `states=[h, c]`, output h' and [h', c']; with `data_format` "channelsFirst" all have their channels
    behind the batch. Weights kernel W [kernel height, kernel width, channels, 4 filters], recurrent_kernel U
    [kernel height, kernel width, filters, 4 filters], bias b [4 filters].

    `filters`: number of channels of each state.
    `kernel_size`, `strides`, `padding`, `data_format`, `dilation_rate`: of the convolution of x, as in
    `conv2d`; that of h keeps its size.
    The options of `lstm_cell`: `activation`, `recurrent_activation`, `use_bias`, `kernel_initializer`,
    `recurrent_initializer`, `bias_initializer`, `kernel_regularizer`, `recurrent_regularizer`,
    `bias_regularizer`, `kernel_constraint`, `recurrent_constraint`, `bias_constraint`, `dropout`,
    `recurrent_dropout`, `unit_forget_bias`, `implementation`.

    Shi et al. 2015. As `tf.layers.convLstm2dCell`.

    >>> import glbackend as gl
    >>> state = gl.zeros([2, 4, 4, 3])
    >>> cell = gl.layers.conv_lstm2d_cell(filters=3, kernel_size=3)
    >>> y, states = cell(gl.zeros([2, 6, 6, 1]), states=[state, state])
    >>> y.shape, len(states)
    ((2, 4, 4, 3), 2)
    """


class _Cell1D(ConvLSTMCell):
    rank = 1


class _Cell3D(ConvLSTMCell):
    rank = 3


class ConvLSTM(Recurrent):
    """What the layers of all ranks share."""

    options_of: ClassVar[type[ConvLSTMCell]]
    unsaved = ConvLSTMCell.unsaved | {"unroll"}

    def __init__(self, filters: int, kernel_size: int | Sequence[int], **options: Any) -> None:
        super().__init__(filters, kernel_size=kernel_size, **options)


@layer("conv_lstm2d")
class ConvLSTM2D(ConvLSTM):
    """Long short-term memory over a sequence of images, whose products are convolutions.

    Input [batch, time, height, width, channels], with `data_format` "channelsFirst" [batch, time, channels,
    height, width]; output that of the last step, [batch, new height, new width, filters]. `initial_state`
    and `mask` as `rnn`; states and weights as `conv_lstm2d_cell`.

    `filters`: number of channels of the output.
    `kernel_size`: height and width of the kernels, one number for both.
    `activity_regularizer`: what the output costs in training.
    The options of `rnn`: `return_sequences`, `return_state`, `go_backwards`, `stateful`, `unroll`,
    `zero_output_for_mask`.
    The options of `conv_lstm2d_cell`: `strides`, `padding`, `data_format`, `dilation_rate`, `activation`,
    `recurrent_activation`, `use_bias`, `kernel_initializer`, `recurrent_initializer`, `bias_initializer`,
    `kernel_regularizer`, `recurrent_regularizer`, `bias_regularizer`, `kernel_constraint`,
    `recurrent_constraint`, `bias_constraint`, `dropout`, `recurrent_dropout`, `unit_forget_bias`,
    `implementation`.

    Shi et al. 2015. As `tf.layers.convLstm2d`.

    >>> import glbackend as gl
    >>> gl.layers.conv_lstm2d(filters=3, kernel_size=3)(gl.zeros([2, 5, 6, 6, 1])).shape
    (2, 4, 4, 3)
    """

    options_of = ConvLSTM2DCell


@layer("conv_lstm1d")
class ConvLSTM1D(ConvLSTM):
    """Long short-term memory over a sequence of rows, whose products are convolutions.

    Input [batch, time, length, channels], output [batch, new length, filters]; all else as `conv_lstm2d`:
    `filters`, `kernel_size`, `strides`, `padding`, `data_format`, `dilation_rate`, `activation`,
    `recurrent_activation`, `use_bias`, `kernel_initializer`, `recurrent_initializer`, `bias_initializer`,
    `kernel_regularizer`, `recurrent_regularizer`, `bias_regularizer`, `activity_regularizer`,
    `kernel_constraint`, `recurrent_constraint`, `bias_constraint`, `dropout`, `recurrent_dropout`,
    `unit_forget_bias`, `implementation`, `return_sequences`, `return_state`, `go_backwards`, `stateful`,
    `unroll`, `zero_output_for_mask`.

    As Keras's ConvLSTM1D.

    >>> import glbackend as gl
    >>> gl.layers.conv_lstm1d(filters=3, kernel_size=3)(gl.zeros([2, 5, 6, 1])).shape
    (2, 4, 3)
    """

    options_of = _Cell1D


@layer("conv_lstm3d")
class ConvLSTM3D(ConvLSTM):
    """Long short-term memory over a sequence of volumes, whose products are convolutions.

    Input [batch, time, depth, height, width, channels], output [batch, new depth, new height, new width,
    filters]; all else as `conv_lstm2d`: `filters`, `kernel_size`, `strides`, `padding`, `data_format`,
    `dilation_rate`, `activation`, `recurrent_activation`, `use_bias`, `kernel_initializer`,
    `recurrent_initializer`, `bias_initializer`, `kernel_regularizer`, `recurrent_regularizer`,
    `bias_regularizer`, `activity_regularizer`, `kernel_constraint`, `recurrent_constraint`,
    `bias_constraint`, `dropout`, `recurrent_dropout`, `unit_forget_bias`, `implementation`,
    `return_sequences`, `return_state`, `go_backwards`, `stateful`, `unroll`, `zero_output_for_mask`.

    As Keras's ConvLSTM3D.

    >>> import glbackend as gl
    >>> gl.layers.conv_lstm3d(filters=2, kernel_size=2)(gl.zeros([1, 2, 3, 3, 3, 1])).shape
    (1, 2, 2, 2, 2)
    """

    options_of = _Cell3D
