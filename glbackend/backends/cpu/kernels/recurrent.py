"""Recurrent layers in NumPy: a step is a product and what hangs on it, in place; all else is done at once."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table import ROWS

Array = np.ndarray[Any, Any]
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "linear": lambda x, out: np.copyto(out, x),
    "relu": ROWS["Relu"].numpy,
    "sigmoid": ROWS["Sigmoid"].numpy,
    "tanh": np.tanh,
    "hard_sigmoid": lambda x, out: np.clip(x.dtype.type(0.2) * x + x.dtype.type(0.5), 0, 1, out=out),
}
SLOPES: dict[str, Callable[[Array], Array]] = {  # of the same, from what they give
    "linear": np.ones_like,
    "relu": lambda y: (y > 0).astype(y.dtype),
    "sigmoid": lambda y: y * (1 - y),
    "tanh": lambda y: 1 - y * y,
    "hard_sigmoid": lambda y: ((y > 0) & (y < 1)) * y.dtype.type(0.2),
}


def _applied(name: str, x: Array) -> Array:
    """The activation of x, in its place."""
    FUNCTIONS[name](x, out=x)
    return x


Step = Callable[[int, list[Array], list[Array]], None]  # from states before a time, into those after it
# In which kernels take the parts of x and of the weights: gates first, each in one piece of memory.
ORDER = {"simple_rnn": [0], "lstm": [0, 1, 3, 2], "gru": [0, 1, 2], "gru_reset_after": [0, 1, 2]}


@kernel("RNN", "cpu")
def rnn(
    cpu: Cpu,
    x: Handle,
    recurrent: Handle,
    h: Handle | None = None,
    c: Handle | None = None,
    bias: Handle | None = None,
    mask: Handle | None = None,
    *,
    out: tuple[Spec, ...],
    cell: str,
    activation: str,
    recurrent_activation: str,
) -> tuple[Handle, ...]:
    """Hochreiter and Schmidhuber 1997, Gers et al. 1999; Cho et al. 2014."""
    inputs, weights, order = cpu.array(x), cpu.array(recurrent), ORDER[cell]
    batch, steps, units = out[0].shape
    parts = inputs.reshape(batch, steps, len(order), units), weights.reshape(units, len(order), units)
    by_step = np.empty((steps, len(order), batch, units), inputs.dtype)
    by_gate = np.empty((len(order), units, units), weights.dtype)
    for place, gate in enumerate(order):
        by_step[:, place] = parts[0][:, :, gate].swapaxes(0, 1)
        by_gate[place] = parts[1][:, gate]
    shift = np.zeros((len(order), units), weights.dtype) if bias is None else cpu.array(bias)
    results = [np.empty((steps, batch, units), inputs.dtype) for _ in out]
    states = [cpu.array(one) for one in (h, c) if one is not None]
    states = states or [np.zeros_like(result[0]) for result in results]
    functions = FUNCTIONS[activation], FUNCTIONS[recurrent_activation]
    step = STEPS[cell](by_step, by_gate, shift.reshape(-1, 1, units), *functions)
    for time in range(steps):
        after = [result[time] for result in results]
        step(time, states, after)
        if mask is not None:
            for one, before in zip(after, states, strict=True):
                np.copyto(one, before, where=~cpu.array(mask)[:, time])
        states = after
    return tuple(cpu.handle(y.swapaxes(0, 1), spec) for y, spec in zip(results, out, strict=True))


def _simple(x: Array, weights: Array, shift: Array, act: Any, gate: Any) -> Step:
    def step(time: int, states: list[Array], after: list[Array]) -> None:
        z = states[0] @ weights[0]
        z += x[time, 0]
        act(z, out=after[0])

    return step


def _lstm(x: Array, weights: Array, shift: Array, act: Any, gate: Any) -> Step:
    z, room = np.empty_like(x[0]), np.empty_like(x[0, 0])
    i, f, o, new = z
    gates = z[:3]

    def step(time: int, states: list[Array], after: list[Array]) -> None:
        h, c = after
        np.matmul(states[0], weights, out=z)
        np.add(z, x[time], out=z)
        gate(gates, out=gates)
        act(new, out=new)
        np.multiply(i, new, out=room)
        np.multiply(f, states[1], out=c)
        np.add(c, room, out=c)
        act(c, out=h)
        np.multiply(h, o, out=h)

    return step


def _gru(reset_after: bool, x: Array, weights: Array, shift: Array, act: Any, gate: Any) -> Step:
    z = np.empty_like(x[0])
    update, reset, new = z

    def step(time: int, states: list[Array], after: list[Array]) -> None:
        h = states[0]
        np.matmul(h, weights[:2], out=z[:2])
        z[:2] += shift[:2]
        z[:2] += x[time, :2]
        gate(z[:2], out=z[:2])
        if reset_after:
            np.matmul(h, weights[2], out=new)
            np.add(new, shift[2], out=new)
            np.multiply(new, reset, out=new)
        else:
            np.matmul(reset * h, weights[2], out=new)
        np.add(new, x[time, 2], out=new)
        act(new, out=new)
        np.multiply(update, h - new, out=after[0])
        after[0][...] += new

    return step


STEPS: dict[str, Callable[..., Step]] = {
    "simple_rnn": _simple,
    "lstm": _lstm,
    "gru": partial(_gru, False),
    "gru_reset_after": partial(_gru, True),
}
Back = Callable[
    [int, list[Array]], None
]  # from the slopes of the states after a time, to those before, in place


class Functions(NamedTuple):
    """The activations, in place, and their slopes from what they give."""

    act: Callable[[Array], Array]
    act_slope: Callable[[Array], Array]
    gate: Callable[[Array], Array]
    gate_slope: Callable[[Array], Array]


@kernel("RNNGrad", "cpu")
def rnn_grad(
    cpu: Cpu,
    dh: Handle,
    x: Handle,
    inner: Handle,
    h: Handle,
    recurrent: Handle,
    dc: Handle | None = None,
    c: Handle | None = None,
    mask: Handle | None = None,
    *,
    out: tuple[Spec, ...],
    cell: str,
    activation: str,
    recurrent_activation: str,
) -> tuple[Handle, ...]:
    """From the last step to the first."""
    names = activation, recurrent_activation
    functions = Functions(*(one for name in names for one in (partial(_applied, name), SLOPES[name])))
    inputs, products, weights = cpu.array(x), cpu.array(inner), cpu.array(recurrent)
    given = [cpu.array(one) for one in (dh, dc) if one is not None]
    before = [cpu.array(one) for one in (h, c) if one is not None]
    slopes = [np.zeros(one[:, 0].shape, one.dtype) for one in given]
    dx = np.empty(inputs.shape, inputs.dtype)
    dinner = np.empty_like(dx) if cell == "gru_reset_after" else dx
    back = BACKS[cell](inputs, products, before, weights, functions, dx, dinner)
    for time in reversed(range(inputs.shape[1])):
        for slope, one in zip(slopes, given, strict=True):
            slope += one[:, time]
        kept = [] if mask is None else [slope.copy() for slope in slopes]
        back(time, slopes)
        if mask is not None:
            left_out = ~cpu.array(mask)[:, time]
            for slope, one in zip(slopes, kept, strict=True):
                np.copyto(slope, one, where=left_out)
            for one in (dx, dinner):
                np.copyto(one[:, time], 0, where=left_out)
    return tuple(cpu.handle(*pair) for pair in zip((dx, dinner, *slopes), out, strict=True))


def _simple_back(
    x: Array, inner: Array, before: list[Array], weights: Array, f: Functions, dx: Array, dinner: Array
) -> Back:
    steep = f.act_slope(f.act(x + inner))

    def back(time: int, slopes: list[Array]) -> None:
        np.multiply(slopes[0], steep[:, time], out=dx[:, time])
        np.matmul(dx[:, time], weights.T, out=slopes[0])

    return back


def _lstm_back(
    x: Array, inner: Array, before: list[Array], weights: Array, f: Functions, dx: Array, dinner: Array
) -> Back:
    batch, steps, units = before[1].shape
    z = (x + inner).reshape(batch, steps, 4, units)
    new = f.act(z[:, :, 2].copy())
    gates = f.gate(z)
    i, forget, o = gates[:, :, 0], gates[:, :, 1], gates[:, :, 3]
    y = forget * before[1]
    y += i * new
    f.act(y)
    through = o * f.act_slope(y)  # from h to c
    steep = f.gate_slope(gates)  # from c to the first three gates, from h to the last
    steep[:, :, 0] *= new
    steep[:, :, 1] *= before[1]
    np.multiply(i, f.act_slope(new), out=steep[:, :, 2])
    steep[:, :, 3] *= y
    parts, room = dx.reshape(z.shape), np.empty((batch, units), x.dtype)

    def back(time: int, slopes: list[Array]) -> None:
        dh, dc = slopes
        dc += np.multiply(dh, through[:, time], out=room)
        np.multiply(dc[:, None], steep[:, time, :3], out=parts[:, time, :3])
        np.multiply(dh, steep[:, time, 3], out=parts[:, time, 3])
        np.matmul(dx[:, time], weights.T, out=dh)
        dc *= forget[:, time]

    return back


def _gru_back(
    reset_after: bool, x: Array, inner: Array, before: list[Array], weights: Array, f: Functions, dx: Array,
    dinner: Array,
) -> Back:  # fmt: skip
    units, state = len(weights), before[0]
    gates = f.gate(x[..., : 2 * units] + inner[..., : 2 * units])
    update, reset = gates[..., :units], gates[..., units:]
    held, steep = inner[..., 2 * units :], f.gate_slope(gates)
    new = f.act(x[..., 2 * units :] + (reset * held if reset_after else held))
    to_update, to_reset = (
        (state - new) * steep[..., :units],
        steep[..., units:] * (held if reset_after else state),
    )
    to_new = (1 - update) * f.act_slope(new)
    first, last = weights[:, : 2 * units].T, weights[:, 2 * units :].T

    def back(time: int, slopes: list[Array]) -> None:
        dh, d = slopes[0], dx[:, time]
        dupdate, dreset, dnew = (d[:, n * units : (n + 1) * units] for n in range(3))
        np.multiply(dh, to_update[:, time], out=dupdate)
        np.multiply(dh, to_new[:, time], out=dnew)
        dh *= update[:, time]
        if reset_after:
            np.multiply(dnew, to_reset[:, time], out=dreset)
            dinner[:, time] = d
            dinner[:, time, 2 * units :] *= reset[:, time]
            dh += dinner[:, time] @ weights.T
        else:
            through = dnew @ last
            np.multiply(through, to_reset[:, time], out=dreset)
            dh += through * reset[:, time]
            dh += d[:, : 2 * units] @ first

    return back


BACKS: dict[str, Callable[..., Back]] = {
    "simple_rnn": _simple_back,
    "lstm": _lstm_back,
    "gru": partial(_gru_back, False),
    "gru_reset_after": partial(_gru_back, True),
}
