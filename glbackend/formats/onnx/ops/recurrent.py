"""Recurrent layers, step by step: RNN, GRU, LSTM; forward, backward, or both side by side."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypedDict, Unpack

from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.declare import onnx_op
from glbackend.formats.onnx.host import whole
from glbackend.ops import activation, concat, logical
from glbackend.ops.create import zeros
from glbackend.ops.matmul import matmul

Apply = Callable[[Tensor], Tensor]
State = tuple[Tensor, ...]


def _activation(name: str, alpha: float | None, beta: float | None) -> Apply:
    """An activation by its name; ValueError for an unknown one."""

    def a(default: float) -> float:
        return default if alpha is None else alpha

    def b(default: float) -> float:
        return default if beta is None else beta

    known: dict[str, Apply] = {
        "relu": activation.relu,
        "tanh": lambda x: x.tanh(),
        "sigmoid": activation.sigmoid,
        "affine": lambda x: x * a(1.0) + b(0.0),
        "leakyrelu": lambda x: activation.leaky_relu(x, a(0.01)),
        "thresholdedrelu": lambda x: logical.where(x.greater(a(1.0)), x, 0.0),
        "scaledtanh": lambda x: (x * b(1.0)).tanh() * a(1.0),
        "hardsigmoid": lambda x: (x * a(0.2) + b(0.5)).clip_by_value(0.0, 1.0),
        "elu": lambda x: logical.where(x.less(0.0), x.exp().sub(1.0) * a(1.0), x),
        "softsign": lambda x: x / (x.abs() + 1.0),
        "softplus": activation.softplus,
    }
    if name.lower() not in known:
        raise ValueError(f"activation {name!r} is not known: use one of {', '.join(known)}")
    return known[name.lower()]


class Parts(NamedTuple):
    """What one direction is made of: weights, biases, activations, first states, peepholes."""

    w: Tensor
    r: Tensor
    wb: Tensor | None
    rb: Tensor | None
    activations: Sequence[Apply]
    state: State
    peepholes: Sequence[Tensor]


Cell = Callable[[Tensor, State, Parts], State]


class Options(TypedDict, total=False):
    """The attributes that all three have."""

    activation_alpha: Sequence[float]
    activation_beta: Sequence[float]
    activations: Sequence[str]
    clip: float
    direction: str
    hidden_size: int
    layout: int


def _recurrent(
    cell: Cell, gates: int, defaults: Sequence[str], states: int, values: Sequence[Any], options: Options
) -> list[Tensor]:
    """Runs a cell over x [steps, batch, features]; all results, and the last state."""
    x, w, r, b, lengths, *rest = values
    initial, peepholes = rest[:states], rest[states] if len(rest) > states else None
    directions, hidden = w.shape[0], r.shape[-1]
    direction, batch_first = options.get("direction", "forward"), options.get("layout", 0)
    if batch_first:
        x = x.transpose((1, 0, 2))
        initial = [one if one is None else one.transpose((1, 0, 2)) for one in initial]
    backward = {"forward": [False], "reverse": [True], "bidirectional": [False, True]}.get(direction)
    if backward is None or len(backward) != directions:
        raise ValueError(f"direction {direction!r} does not fit weights of {directions} directions")
    names = options.get("activations") or [*defaults] * directions
    each = len(defaults)
    alphas, betas = options.get("activation_alpha", ()), options.get("activation_beta", ())
    of_each = itertools.zip_longest(names, alphas[: len(names)], betas[: len(names)])
    made = [_activation(name, alpha, beta) for name, alpha, beta in of_each]
    results, lasts = [], []
    for d, turned in enumerate(backward):
        wb, rb = (None, None) if b is None else (b[d][: gates * hidden], b[d][gates * hidden :])
        parts = Parts(
            w[d], r[d], wb, rb, made[d * each : (d + 1) * each],
            tuple(zeros((x.shape[1], hidden)) if one is None else one[d] for one in initial),
            () if peepholes is None else concat.split(peepholes[d], 3),
        )  # fmt: skip
        y, last = _one_way(cell, x, parts, lengths, turned, options.get("clip"))
        results.append(y)
        lasts.append(last)
    y = concat.stack(results, 1)  # [steps, directions, batch, hidden]
    ends = [concat.stack(list(one)) for one in zip(*lasts, strict=True)]
    if batch_first:
        return [y.transpose((2, 0, 1, 3)), *(one.transpose((1, 0, 2)) for one in ends)]
    return [y, *ends]


def _one_way(
    cell: Cell, x: Tensor, parts: Parts, lengths: list[int] | None, turned: bool, clip: float | None
) -> tuple[Tensor, State]:
    steps, batch = x.shape[:2]
    state, results = parts.state, []
    order = range(steps - 1, -1, -1) if turned else range(steps)
    clipped = parts if clip is None else parts._replace(
        activations=[_after_clip(one, clip) for one in parts.activations]
    )  # fmt: skip
    ragged = lengths is not None and any(one != steps for one in lengths)
    projected = matmul(x.reshape((steps * batch, x.shape[2])), parts.w, False, True)
    if parts.wb is not None:
        projected = projected + parts.wb
    inputs = concat.unstack(projected.reshape((steps, batch, projected.shape[-1])))
    for step in order:
        after = cell(inputs[step], state, clipped)
        if ragged and lengths is not None:
            live = whole([[step < one] for one in lengths], "bool")
            results.append(logical.where(live, after[0], 0.0))
            state = tuple(logical.where(live, new, old) for new, old in zip(after, state, strict=True))
        else:
            results.append(after[0])
            state = after
    return concat.stack(results[::-1] if turned else results), state


def _after_clip(apply: Apply, clip: float) -> Apply:
    return lambda x: apply(x.clip_by_value(-clip, clip))


def _rnn_cell(x: Tensor, state: State, parts: Parts) -> State:
    y = x + matmul(state[0], parts.r, False, True)
    return (parts.activations[0](y if parts.rb is None else y + parts.rb),)


def _lstm_cell(x: Tensor, state: State, parts: Parts) -> State:
    h, c = state
    y = x + matmul(h, parts.r, False, True)
    i, o, f, n = concat.split(y if parts.rb is None else y + parts.rb, 4, -1)
    p = parts.peepholes
    apply, inner, outer = parts.activations
    i, f = apply(i + p[0] * c if p else i), apply(f + p[2] * c if p else f)
    c = f * c + i * inner(n)
    return apply(o + p[1] * c if p else o) * outer(c), c


def _gru_cell(reset_after: bool) -> Cell:
    def cell(x: Tensor, state: State, parts: Parts) -> State:
        (h,) = state
        z, r, n = concat.split(x, 3, -1)
        size = h.shape[-1]
        gates = matmul(h, parts.r[: 2 * size], False, True)
        gates = gates if parts.rb is None else gates + parts.rb[: 2 * size]
        hz, hr = concat.split(gates, 2, -1)
        apply, inner = parts.activations
        z, r = apply(z + hz), apply(r + hr)
        weight, bias = parts.r[2 * size :], None if parts.rb is None else parts.rb[2 * size :]
        inside = matmul(h if reset_after else r * h, weight, False, True)
        inside = inside if bias is None else inside + bias
        n = inner(n + (r * inside if reset_after else inside))
        return (n - z * n + z * h,)

    return cell


@onnx_op("RNN", since=7)
def rnn(
    x: Tensor,
    w: Tensor,
    r: Tensor,
    b: Tensor | None = None,
    sequence_lens: list[int] | None = None,
    initial_h: Tensor | None = None,
    **options: Unpack[Options],
) -> Any:
    """A plain recurrent layer."""
    return tuple(_recurrent(_rnn_cell, 1, ("Tanh",), 1, (x, w, r, b, sequence_lens, initial_h), options))


@onnx_op("GRU", since=7)
def gru(
    x: Tensor,
    w: Tensor,
    r: Tensor,
    b: Tensor | None = None,
    sequence_lens: list[int] | None = None,
    initial_h: Tensor | None = None,
    *,
    linear_before_reset: int = 0,
    **options: Unpack[Options],
) -> Any:
    """A gated recurrent layer."""
    values = (x, w, r, b, sequence_lens, initial_h)
    return tuple(_recurrent(_gru_cell(bool(linear_before_reset)), 3, ("Sigmoid", "Tanh"), 1, values, options))


@onnx_op("LSTM", since=7)
def lstm(
    x: Tensor,
    w: Tensor,
    r: Tensor,
    b: Tensor | None = None,
    sequence_lens: list[int] | None = None,
    initial_h: Tensor | None = None,
    initial_c: Tensor | None = None,
    p: Tensor | None = None,
    *,
    input_forget: int = 0,
    **options: Unpack[Options],
) -> Any:
    """A layer of long short-term memory, with peepholes where there are any."""
    if input_forget:
        raise ValueError("input_forget is not run here")
    values = (x, w, r, b, sequence_lens, initial_h, initial_c, p)
    return tuple(_recurrent(_lstm_cell, 4, ("Sigmoid", "Tanh", "Tanh"), 2, values, options))
