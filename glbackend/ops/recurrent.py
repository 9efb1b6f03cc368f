"""Cells of recurrent networks, as `tf.basicLSTMCell` and `tf.multiRNNCell`; layers are in layers/."""

from collections.abc import Callable, Sequence

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import TensorLike, as_tensor, as_tensors
from glbackend.engine.tensor import Tensor
from glbackend.ops.concat import concat, split
from glbackend.ops.matmul import matmul
from glbackend.ops.op import op

Cell = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]


@op(method=False)
def basic_lstm_cell(
    forget_bias: TensorLike,
    lstm_kernel: TensorLike,
    lstm_bias: TensorLike,
    data: TensorLike,
    c: TensorLike,
    h: TensorLike,
) -> tuple[Tensor, Tensor]:
    """The next state c and output h of a long short-term memory cell with n units.

    `data` [batch, inputs], `c` and `h` [batch, n], `lstm_kernel` [inputs + n, 4 n], `lstm_bias` [4 n];
    `forget_bias` is added to the forget gate. Gates stand in the order input, new, forget, output. Raises
    ShapeError where they do not fit. As `tf.basicLSTMCell` (Hochreiter and Schmidhuber 1997).

    >>> zero = [[0.]]
    >>> c, h = basic_lstm_cell(1., [[0.] * 4] * 2, [0.] * 4, zero, zero, zero)
    >>> c.shape, h.numpy().tolist()
    ((1, 1), [[0.0]])
    """
    kernel = as_tensor(lstm_kernel, "lstm_kernel", "basic_lstm_cell")
    state = as_tensor(c, "c", "basic_lstm_cell")
    if kernel.rank != 2 or kernel.shape[1] % 4:
        raise ShapeError(
            f"basic_lstm_cell: lstm_kernel must be a matrix with 4 columns a unit, got {list(kernel.shape)}"
        )
    inputs = concat([as_tensor(data, "data", "basic_lstm_cell"), as_tensor(h, "h", "basic_lstm_cell")], 1)
    gates = matmul(inputs, kernel) + as_tensor(lstm_bias, "lstm_bias", "basic_lstm_cell")
    i, j, f, o = split(gates, 4, 1)
    next_c = i.sigmoid() * j.tanh() + state * (f + forget_bias).sigmoid()
    return next_c, next_c.tanh() * o.sigmoid()


@op(method=False)
def multi_rnn_cell(
    lstm_cells: Sequence[Cell], data: TensorLike, c: Sequence[TensorLike], h: Sequence[TensorLike]
) -> tuple[list[Tensor], list[Tensor]]:
    """The next states and outputs of cells one upon the other: each gets (output from below, its c, its h).

    Raises ArgumentError where c or h are not as many as cells. As `tf.multiRNNCell`.

    >>> c, h = multi_rnn_cell([lambda x, c, h: (c + x, h + c)], [[1.]], [[[2.]]], [[[3.]]])
    >>> c[0].item(), h[0].item()
    (3.0, 5.0)
    """
    below = as_tensor(data, "data", "multi_rnn_cell")
    states, outputs = as_tensors(c, "c", "multi_rnn_cell"), as_tensors(h, "h", "multi_rnn_cell")
    if not len(lstm_cells) == len(states) == len(outputs):
        raise ArgumentError(
            f"multi_rnn_cell: {len(lstm_cells)} cells, but {len(states)} c and {len(outputs)} h"
        )
    next_c, next_h = [], []
    for cell, state, output in zip(lstm_cells, states, outputs, strict=True):
        new, below = cell(below, state, output)
        next_c.append(new)
        next_h.append(below)
    return next_c, next_h
