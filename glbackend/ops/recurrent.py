"""Cells of recurrent networks: `tf.basicLSTMCell`, `tf.multiRNNCell`, and the steps of recurrent layers."""

import functools
import math
from collections.abc import Callable, Sequence
from operator import add
from typing import Any

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import TensorLike, as_tensor, as_tensors
from glbackend.engine.gradient_tape import GradientTape
from glbackend.engine.registry import gradient
from glbackend.engine.tensor import Tensor
from glbackend.ops.concat import concat, split, stack
from glbackend.ops.create import zeros_like
from glbackend.ops.logical import where
from glbackend.ops.matmul import fused_matmul, matmul
from glbackend.ops.op import op, run_several

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


def rnn(
    cell: str,
    x: Tensor,
    states: Sequence[Tensor],
    recurrent: Tensor,
    bias: Tensor | None = None,
    mask: Tensor | None = None,
    activation: str = "tanh",
    recurrent_activation: str = "sigmoid",
) -> tuple[Tensor, ...]:
    """The states of a recurrent layer after each step: h, with an lstm also c, [batch, time, units].

    `cell`: "simple_rnn": h' = act(x + h U); "lstm": c' = f c + i act(z), h' = o act(c'); "gru": h' = z h +
    (1 - z) act(x + (r h) U); "gru_reset_after": there r (h U + bias). x [batch, time, gates units]: what the
    inputs give to the gates (lstm i, f, z, o; gru z, r, h), bias included; `states`: the first h [batch,
    units], with an lstm also c, or none for zeros; `recurrent` U [units, gates units]; `mask` (bool, [batch,
    time, 1]) is False where the states stay. The activations are of the contract's `ACTIVATIONS`.

    >>> import glbackend as gl
    >>> h, c = rnn("lstm", gl.zeros([1, 1, 8]), [gl.zeros([1, 2]), gl.ones([1, 2])], gl.zeros([2, 8]))
    >>> c.numpy().tolist()
    [[[0.5, 0.5]]]
    """
    inputs = {"x": x, "recurrent": recurrent, "bias": bias, "mask": mask}
    inputs |= dict(zip("hc"[: len(states)], states, strict=True))
    attrs = {"cell": cell, "activation": activation, "recurrent_activation": recurrent_activation}
    return run_several("RNN", inputs, **attrs)


Activation = Callable[[Tensor], Tensor]
_FUNCTIONS: dict[str, Activation] = {
    "linear": lambda x: x,
    "relu": lambda x: x.relu(),
    "sigmoid": lambda x: x.sigmoid(),
    "tanh": lambda x: x.tanh(),
    "hard_sigmoid": lambda x: (x * 0.2 + 0.5).clip_by_value(0.0, 1.0),
}


def step(
    cell: str,
    x: Tensor,
    states: Sequence[Tensor],
    recurrent: Tensor,
    bias: Tensor | None,
    act: Activation,
    gate: Activation,
) -> list[Tensor]:
    """The next states by ordinary ops, whatever the activations; x [batch, gates units], else as `rnn`."""
    inner, _ = _inner(cell, x, states[0], recurrent, bias, gate)
    return next_states(cell, x, inner, states, act, gate)[: len(states)]


def _inner(
    cell: str, x: Tensor, h: Tensor, recurrent: Tensor, bias: Tensor | None, gate: Activation
) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
    """What the states h [..., units] give to the gates, and what was multiplied with which weights."""
    if cell != "gru":
        inner = matmul(h, recurrent) if bias is None else fused_matmul(h, recurrent, bias=bias)
        return inner, [(h, recurrent)]
    units = recurrent.shape[0]
    first, last = recurrent.split([2 * units, units], axis=1)
    gates = matmul(h, first)
    reset = gate(split(x, 3, -1)[1] + split(gates, 2, -1)[1]) * h
    return concat([gates, matmul(reset, last)], -1), [(h, first), (reset, last)]


def next_states(
    cell: str, x: Tensor, inner: Tensor, states: Sequence[Tensor], act: Activation, gate: Activation
) -> list[Tensor]:
    """The next states, from what the inputs and the states give to the gates; then the reset state of gru."""
    if cell == "simple_rnn":
        return [act(x + inner)]
    if cell == "lstm":
        i, f, new, o = split(x + inner, 4, -1)
        carry = gate(f) * states[1] + gate(i) * act(new)
        return [gate(o) * act(carry), carry]
    (xz, xr, xh), (uz, ur, uh) = split(x, 3, -1), split(inner, 3, -1)
    update, reset = gate(xz + uz), gate(xr + ur)
    new = act(xh + (reset * uh if cell == "gru_reset_after" else uh))
    return [update * states[0] + (1.0 - update) * new, reset * states[0]]


@gradient("RNN")
def rnn_gradients(
    dy: Tensor | list[Tensor],
    ys: list[Tensor],
    x: Tensor,
    recurrent: Tensor,
    h: Tensor | None,
    c: Tensor | None,
    bias: Tensor | None,
    mask: Tensor | None,
    *,
    cell: str,
    activation: str,
    recurrent_activation: str,
) -> dict[str, Callable[[], Tensor]]:
    """Back through all steps in one kernel; the weights' gradient is a product over all of them."""
    dh, *dc = dy if isinstance(dy, list) else [dy]
    firsts = [one.expand_dims(1) for one in (h, c) if one is not None]
    firsts = firsts or [zeros_like(y[:, :1]) for y in ys]
    before = [concat([first, y[:, :-1]], 1) for first, y in zip(firsts, ys, strict=True)]
    inner, read = _inner(cell, x, before[0], recurrent, bias, _FUNCTIONS[recurrent_activation])
    inputs = {"dh": dh, "x": x, "inner": inner, "h": before[0], "recurrent": recurrent, "mask": mask}
    inputs |= {"dc": dc[0], "c": before[1]} if dc else {}
    attrs = {"cell": cell, "activation": activation, "recurrent_activation": recurrent_activation}
    dx, dinner, *dfirsts = run_several("RNNGrad", inputs, **attrs)

    def drecurrent() -> Tensor:
        slopes = split(dinner, [weights.shape[1] for _, weights in read], -1)
        flat = [(_flat(state), _flat(slope)) for (state, _), slope in zip(read, slopes, strict=True)]
        return concat([matmul(*pair, transpose_a=True) for pair in flat], 1)

    return {
        "x": lambda: dx,
        "h": lambda: dfirsts[0],
        "c": lambda: dfirsts[1],
        "recurrent": drecurrent,
        "bias": lambda: dinner.sum((0, 1)),
    }


def _flat(x: Tensor) -> Tensor:
    """The steps of all examples as rows."""
    return x.reshape((math.prod(x.shape[:-1]), x.shape[-1]))


@gradient("RNNGrad")
def rnn_grad_gradients(
    dy: list[Tensor],
    dh: Tensor,
    x: Tensor,
    inner: Tensor,
    h: Tensor,
    recurrent: Tensor,
    dc: Tensor | None,
    c: Tensor | None,
    mask: Tensor | None,
    *,
    cell: str,
    activation: str,
    recurrent_activation: str,
) -> dict[str, Callable[[], Tensor | None]]:
    """Those of the same in ordinary ops."""
    given: dict[str, Any] = {"dh": dh, "x": x, "inner": inner, "h": h, "recurrent": recurrent}
    given |= {} if dc is None or c is None else {"dc": dc, "c": c}
    functions = _FUNCTIONS[activation], _FUNCTIONS[recurrent_activation]

    @functools.cache
    def found() -> dict[str, Tensor | None]:
        with GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(given.values())
            results = _back(cell, mask, *functions, **given)
            weighed = [(result * slope).sum() for result, slope in zip(results, dy, strict=True)]
            total = functools.reduce(add, weighed)
        return dict(zip(given, tape.gradient(total, list(given.values())), strict=True))

    return {name: lambda name=name: found()[name] for name in given}  # type: ignore[misc]


def _back(
    cell: str,
    mask: Tensor | None,
    act: Activation,
    gate: Activation,
    *,
    dh: Tensor,
    x: Tensor,
    inner: Tensor,
    h: Tensor,
    recurrent: Tensor,
    dc: Tensor | None = None,
    c: Tensor | None = None,
) -> list[Tensor]:
    """What the kernel RNNGrad gives."""
    given = [one for one in (dh, dc) if one is not None]
    before = [one for one in (h, c) if one is not None]
    slopes = [zeros_like(one[:, 0]) for one in given]
    every: list[list[Tensor]] = []
    for time in reversed(range(x.shape[1])):
        slopes = [slope + one[:, time] for slope, one in zip(slopes, given, strict=True)]
        inputs = [one[:, time] for one in (x, inner, *before)]
        found = _step_back(cell, inputs, slopes, recurrent, act, gate)
        if mask is not None:
            kept = [zeros_like(inputs[0])] * 2 + slopes
            found = [where(mask[:, time], *pair) for pair in zip(found, kept, strict=True)]
        slopes = found[2:]
        every.insert(0, found[:2])
    return [*(stack(parts, 1) for parts in zip(*every, strict=True)), *slopes]


def _step_back(
    cell: str,
    inputs: list[Tensor],
    slopes: list[Tensor],
    recurrent: Tensor,
    act: Activation,
    gate: Activation,
) -> list[Tensor]:
    """From the gradients of the states those of x, of inner, and of the states before."""
    with GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        x, inner, *states = inputs
        results = next_states(cell, x, inner, states, act, gate)

    def through(result: Tensor, slope: Tensor) -> list[Tensor]:
        found = tape.gradient(result, inputs, slope)
        return [zeros_like(one) if d is None else d for d, one in zip(found, inputs, strict=True)]

    def added(a: list[Tensor], b: list[Tensor]) -> list[Tensor]:
        return [one + other for one, other in zip(a, b, strict=True)]

    found = functools.reduce(added, [through(*pair) for pair in zip(results, slopes, strict=False)])
    weights = recurrent
    if cell == "gru":
        units = states[0].shape[1]
        weights, last = recurrent.split([2 * units, units], axis=1)
        found = added(found, through(results[1], matmul(found[1][:, 2 * units :], last, False, True)))
    found[2] = found[2] + matmul(found[1][:, : weights.shape[1]], weights, False, True)
    return found
