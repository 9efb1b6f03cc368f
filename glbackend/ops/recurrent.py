"""Cells of recurrent networks: `tf.basicLSTMCell`, `tf.multiRNNCell`, and the steps of recurrent layers."""

from collections.abc import Callable, Sequence

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.contracts.recurrent import ACTIVATIONS
from glbackend.engine.convert import TensorLike, as_tensor, as_tensors
from glbackend.engine.engine import engine
from glbackend.engine.tape import tapes
from glbackend.engine.tensor import Tensor
from glbackend.ops.concat import concat, split
from glbackend.ops.matmul import fused_matmul, matmul
from glbackend.ops.op import op, run

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
    kept = (f + as_tensor(forget_bias, "forget_bias", "basic_lstm_cell")).sigmoid()
    next_c = i.sigmoid() * j.tanh() + state * kept
    return next_c, next_c.tanh() * o.sigmoid()


@op(method=False)
def multi_rnn_cell(
    lstm_cells: Sequence[Cell], data: TensorLike, c: Sequence[TensorLike], h: Sequence[TensorLike]
) -> tuple[list[Tensor], list[Tensor]]:
    """The next states and outputs of cells one upon the other, two lists, lowest first. As `tf.multiRNNCell`.

    `lstm_cells`: functions of (output from below, its c, its h) that give the next c and h, as
    `basic_lstm_cell`.
    `data`: what the lowest cell takes.
    `c`, `h`: the states and outputs of the step before, one for each cell, else ArgumentError.

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


def is_fused(*activations: str) -> bool:
    """Whether steps with these activations run as one kernel now."""
    return not tapes.get() and all(name in ACTIVATIONS for name in activations)


def lstm_cell(
    x: Tensor,
    h: Tensor,
    c: Tensor,
    recurrent: Tensor,
    time: int = 0,
    activation: str = "tanh",
    recurrent_activation: str = "sigmoid",
) -> tuple[Tensor, Tensor]:
    """The next h and c of an LSTM: c' = f c + i act(z), h' = o act(c').

    x [batch, time, 4 units]: what the inputs give to the gates i, f, z, o (bias included), of which step
    `time` is taken; h, c [batch, units]; recurrent [units, 4 units]. Without a gradient: see `is_fused`.

    >>> import glbackend as gl
    >>> h, c = lstm_cell(gl.zeros([1, 1, 8]), gl.zeros([1, 2]), gl.ones([1, 2]), gl.zeros([2, 8]))
    >>> c.numpy().tolist()
    [[0.5, 0.5]]
    """
    inputs = {"x": x, "h": h, "c": c, "recurrent": recurrent}
    attrs = {"time": time, "activation": activation, "recurrent_activation": recurrent_activation}
    found: tuple[Tensor, Tensor] = engine().run_kernel("LSTMCell", inputs, attrs)
    return found


def gru_cell(
    x: Tensor,
    h: Tensor,
    recurrent: Tensor,
    bias: Tensor | None = None,
    time: int = 0,
    reset_after: bool = False,
    activation: str = "tanh",
    recurrent_activation: str = "sigmoid",
) -> Tensor:
    """The next h of a GRU: z h + (1 - z) act(x_h + (r h) U), with `reset_after` r (h U + bias).

    x [batch, time, 3 units]: what the inputs give to the gates z, r, h (bias included), of which step
    `time` is taken; h [batch, units]; recurrent [units, 3 units]. No gradient: see `is_fused`.

    >>> import glbackend as gl
    >>> gru_cell(gl.zeros([1, 1, 6]), gl.ones([1, 2]), gl.zeros([2, 6])).numpy().tolist()
    [[0.5, 0.5]]
    """
    attrs = {"activation": activation, "recurrent_activation": recurrent_activation}
    inputs = {"x": x, "h": h, "recurrent": recurrent, "bias": bias}
    return run("GRUCell", inputs, time=time, reset_after=reset_after, **attrs)


def gates(x: Tensor, h: Tensor, recurrent: Tensor, count: int) -> list[Tensor]:
    """x + h recurrent, cut into `count` gates, by ordinary ops: x [batch, gates]."""
    return split(fused_matmul(h, recurrent, bias=x), count, axis=-1)


def product(h: Tensor, recurrent: Tensor, bias: Tensor | None = None) -> Tensor:
    """h recurrent + bias, by ordinary ops."""
    return matmul(h, recurrent) if bias is None else fused_matmul(h, recurrent, bias=bias)
