"""Recurrent layers in NumPy, step by step; activations work in place, those of all gates in one loop."""

from collections.abc import Callable
from functools import partial
from typing import Any

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
    functions = partial(_applied, activation), partial(_applied, recurrent_activation)
    inputs, weights = cpu.array(x), cpu.array(recurrent)
    shift = np.zeros(weights.shape[1], weights.dtype) if bias is None else cpu.array(bias)
    results = [np.empty(spec.shape, inputs.dtype) for spec in out]
    states = [cpu.array(one) for one in (h, c) if one is not None]
    states = states or [np.zeros_like(result[:, 0]) for result in results]
    for time in range(inputs.shape[1]):
        new = _step(cell, inputs[:, time], states, weights, shift, *functions)
        if mask is not None:
            new = [np.where(cpu.array(mask)[:, time], *pair) for pair in zip(new, states, strict=True)]
        states = new
        for result, state in zip(results, states, strict=True):
            result[:, time] = state
    return tuple(cpu.handle(*pair) for pair in zip(results, out, strict=True))


def _step(
    cell: str, x: Array, states: list[Array], weights: Array, shift: Array, act: Any, gate: Any
) -> list[Array]:
    """The next states."""
    state = states[0]
    units = state.shape[-1]
    if cell == "simple_rnn":
        return [act(x + state @ weights)]
    if cell == "lstm":
        z = state @ weights
        z += x
        inner = act(z[:, 2 * units : 3 * units].copy())
        gates = gate(z)  # of all four: one long loop, a part of it in vain
        inner *= gates[:, :units]
        carry = gates[:, units : 2 * units] * states[1]
        carry += inner
        result = act(carry.copy())
        result *= gates[:, 3 * units :]
        return [result, carry]
    gates = state @ weights[:, : 2 * units]
    gates += shift[: 2 * units]
    gates += x[:, : 2 * units]
    update, reset = np.split(gate(gates), 2, axis=-1)
    last = weights[:, 2 * units :]
    after = cell == "gru_reset_after"
    inner = reset * (state @ last + shift[2 * units :]) if after else (reset * state) @ last
    return [update * state + (1 - update) * act(x[:, 2 * units :] + inner)]


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
    functions = [one for name in names for one in (partial(_applied, name), SLOPES[name])]
    inputs, products, weights = cpu.array(x), cpu.array(inner), cpu.array(recurrent)
    given = [cpu.array(one) for one in (dh, dc) if one is not None]
    before = [cpu.array(one) for one in (h, c) if one is not None]
    slopes = [np.zeros_like(one[:, 0]) for one in given]
    dx, dinner = np.empty_like(inputs), np.empty_like(inputs)
    for time in reversed(range(inputs.shape[1])):
        slopes = [slope + one[:, time] for slope, one in zip(slopes, given, strict=True)]
        states = [one[:, time] for one in before]
        found = _step_back(cell, inputs[:, time], products[:, time], slopes, states, weights, *functions)
        if mask is not None:
            nothing = np.zeros_like(found[0])
            kept = [nothing, nothing, *slopes]
            found = [np.where(cpu.array(mask)[:, time], *pair) for pair in zip(found, kept, strict=True)]
        dx[:, time], dinner[:, time], *slopes = found
    return tuple(cpu.handle(*pair) for pair in zip((dx, dinner, *slopes), out, strict=True))


def _step_back(
    cell: str,
    x: Array,
    inner: Array,
    slopes: list[Array],
    before: list[Array],
    weights: Array,
    act: Any,
    act_slope: Any,
    gate: Any,
    gate_slope: Any,
) -> list[Array]:
    """The gradients of x, of inner, and of the states before."""
    dh, state = slopes[0], before[0]
    units = state.shape[-1]
    if cell == "simple_rnn":
        d = dh * act_slope(act(x + inner))
        return [d, d, d @ weights.T]
    if cell == "lstm":
        z = x + inner
        new = act(z[:, 2 * units : 3 * units].copy())
        i, f, _, o = np.split(gate(z), 4, axis=-1)
        y = act(f * before[1] + i * new)
        dc = slopes[1] + dh * o * act_slope(y)
        di, df = dc * new * gate_slope(i), dc * before[1] * gate_slope(f)
        d = np.concatenate([di, df, dc * i * act_slope(new), dh * y * gate_slope(o)], axis=-1)
        return [d, d, d @ weights.T, dc * f]
    update, reset = np.split(gate(x[:, : 2 * units] + inner[:, : 2 * units]), 2, axis=-1)
    held = inner[:, 2 * units :]
    after = cell == "gru_reset_after"
    new = act(x[:, 2 * units :] + (reset * held if after else held))
    dnew, dupdate = dh * (1 - update) * act_slope(new), dh * (state - new) * gate_slope(update)
    if after:
        dreset = dnew * held * gate_slope(reset)
        d = np.concatenate([dupdate, dreset, dnew * reset], axis=-1)
        return [np.concatenate([dupdate, dreset, dnew], axis=-1), d, dh * update + d @ weights.T]
    first, last = weights[:, : 2 * units], weights[:, 2 * units :]
    through = dnew @ last.T
    gates = np.concatenate([dupdate, through * state * gate_slope(reset)], axis=-1)
    d = np.concatenate([gates, dnew], axis=-1)
    return [d, d, dh * update + through * reset + gates @ first.T]
