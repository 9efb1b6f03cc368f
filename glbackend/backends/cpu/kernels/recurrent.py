"""Recurrent layers in NumPy, step by step."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.shapes import Spec
from glbackend.contracts.recurrent import GATES
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table import ROWS

Array = np.ndarray[Any, Any]
FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "linear": lambda x: x,
    "relu": ROWS["Relu"].numpy,
    "sigmoid": ROWS["Sigmoid"].numpy,
    "tanh": np.tanh,
    "hard_sigmoid": lambda x: np.clip(x.dtype.type(0.2) * x + x.dtype.type(0.5), 0, 1),
}
SLOPES: dict[str, Callable[[Array], Array]] = {  # of the same, from what they give
    "linear": np.ones_like,
    "relu": lambda y: (y > 0).astype(y.dtype),
    "sigmoid": lambda y: y * (1 - y),
    "tanh": lambda y: 1 - y * y,
    "hard_sigmoid": lambda y: ((y > 0) & (y < 1)) * y.dtype.type(0.2),
}


@kernel("RNN", "cpu")
def rnn(
    cpu: Cpu,
    x: Handle,
    h: Handle,
    recurrent: Handle,
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
    act, gate = FUNCTIONS[activation], FUNCTIONS[recurrent_activation]
    inputs, weights, added = cpu.array(x), cpu.array(recurrent), 0 if bias is None else cpu.array(bias)
    states = [cpu.array(one) for one in (h, c) if one is not None]
    results = [np.empty(spec.shape, inputs.dtype) for spec in out]
    for time in range(inputs.shape[1]):
        new = _step(cell, inputs[:, time], states, weights, added, act, gate)
        if mask is not None:
            new = [np.where(cpu.array(mask)[:, time], *pair) for pair in zip(new, states, strict=True)]
        states = new
        for result, state in zip(results, states, strict=True):
            result[:, time] = state
    return tuple(cpu.handle(*pair) for pair in zip(results, out, strict=True))


def _step(
    cell: str, x: Array, states: list[Array], weights: Array, bias: Any, act: Any, gate: Any
) -> list[Array]:
    """The next states."""
    old = states[0]
    if cell == "simple_rnn":
        return [act(x + old @ weights)]
    if cell == "lstm":
        i, f, new, o = np.split(x + old @ weights, 4, axis=-1)
        carry = gate(f) * states[1] + gate(i) * act(new)
        return [gate(o) * act(carry), carry]
    xz, xr, xh = np.split(x, 3, axis=-1)
    if cell == "gru_reset_after":
        uz, ur, uh = np.split(old @ weights + bias, 3, axis=-1)
        z, r = gate(xz + uz), gate(xr + ur)
        return [z * old + (1 - z) * act(xh + r * uh)]
    wz, wr, wh = np.split(weights, 3, axis=-1)
    z, r = gate(xz + old @ wz), gate(xr + old @ wr)
    return [z * old + (1 - z) * act(xh + (r * old) @ wh)]


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
    functions = [table[name] for name in (activation, recurrent_activation) for table in (FUNCTIONS, SLOPES)]
    inputs, weights = cpu.array(x), cpu.array(recurrent)
    given = [cpu.array(one) for one in (dh, dc) if one is not None]
    before = [cpu.array(one) for one in (h, c) if one is not None]
    slopes = [np.zeros_like(one[:, 0]) for one in given]
    dx, dinner = np.zeros_like(inputs), np.zeros_like(inputs)
    products = np.split(cpu.array(inner), GATES[cell], axis=-1)
    shares = np.split(inputs, GATES[cell], axis=-1)
    for time in reversed(range(inputs.shape[1])):
        slopes = [slope + one[:, time] for slope, one in zip(slopes, given, strict=True)]
        gates = [one[:, time] for one in shares], [one[:, time] for one in products]
        found = _step_back(cell, *gates, slopes, [one[:, time] for one in before], weights, *functions)
        if mask is not None:
            rows = cpu.array(mask)[:, time]
            kept = np.zeros_like(dx[:, time]), np.zeros_like(dx[:, time]), *slopes
            found = [np.where(rows, *pair) for pair in zip(found, kept, strict=True)]
        dx[:, time], dinner[:, time], *slopes = found
    return tuple(cpu.handle(*pair) for pair in zip((dx, dinner, *slopes), out, strict=True))


def _step_back(
    cell: str,
    x: list[Array],
    inner: list[Array],
    slopes: list[Array],
    before: list[Array],
    weights: Array,
    act: Any,
    act_slope: Any,
    gate: Any,
    gate_slope: Any,
) -> list[Array]:
    """The gradients of x, of inner, and of the states before."""
    dh, old = slopes[0], before[0]
    if cell == "simple_rnn":
        d = dh * act_slope(act(x[0] + inner[0]))
        return [d, d, d @ weights.T]
    if cell == "lstm":
        i, f, o = (gate(x[g] + inner[g]) for g in (0, 1, 3))
        new = act(x[2] + inner[2])
        y = act(f * before[1] + i * new)
        dc = slopes[1] + dh * o * act_slope(y)
        gates = dc * new * gate_slope(i), dc * before[1] * gate_slope(f)
        d = np.concatenate([*gates, dc * i * act_slope(new), dh * y * gate_slope(o)], axis=-1)
        return [d, d, d @ weights.T, dc * f]
    z, r = gate(x[0] + inner[0]), gate(x[1] + inner[1])
    after = cell == "gru_reset_after"
    new = act(x[2] + (r * inner[2] if after else inner[2]))
    dnew, dz = dh * (1 - z) * act_slope(new), dh * (old - new) * gate_slope(z)
    if after:
        dr = dnew * inner[2] * gate_slope(r)
        d = np.concatenate([dz, dr, dnew * r], axis=-1)
        return [np.concatenate([dz, dr, dnew], axis=-1), d, dh * z + d @ weights.T]
    first, last = np.split(weights, [2 * old.shape[-1]], axis=-1)
    through = dnew @ last.T
    gates = dz, through * old * gate_slope(r)
    d = np.concatenate([*gates, dnew], axis=-1)
    return [d, d, dh * z + through * r + np.concatenate(gates, axis=-1) @ first.T]
