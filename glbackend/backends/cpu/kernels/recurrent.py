"""Steps of recurrent layers in NumPy."""

from collections.abc import Callable
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


def _applied(name: str, x: Array) -> Array:
    """The activation of x, in its place."""
    FUNCTIONS[name](x, out=x)
    return x


@kernel("LSTMCell", "cpu")
def lstm_cell(
    cpu: Cpu,
    x: Handle,
    h: Handle,
    c: Handle,
    recurrent: Handle,
    *,
    out: tuple[Spec, Spec],
    time: int,
    activation: str,
    recurrent_activation: str,
) -> tuple[Handle, Handle]:
    """c' = f c + i act(z), h' = o act(c'). Hochreiter and Schmidhuber 1997, Gers et al. 1999."""
    z = cpu.array(h) @ cpu.array(recurrent)
    z += cpu.array(x)[:, time]
    units = out[0].shape[-1]
    inner = _applied(activation, z[:, 2 * units : 3 * units].copy())
    gates = _applied(recurrent_activation, z)  # of all four: one long loop, a part of it in vain
    inner *= gates[:, :units]
    carry = gates[:, units : 2 * units] * cpu.array(c)
    carry += inner
    result = _applied(activation, carry.copy())
    result *= gates[:, 3 * units :]
    return cpu.handle(result, out[0]), cpu.handle(carry, out[1])


@kernel("GRUCell", "cpu")
def gru_cell(
    cpu: Cpu,
    x: Handle,
    h: Handle,
    recurrent: Handle,
    bias: Handle | None = None,
    *,
    out: Spec,
    time: int,
    reset_after: bool,
    activation: str,
    recurrent_activation: str,
) -> Handle:
    """h' = z h + (1 - z) candidate; r resets h before or after the product. Cho et al. 2014."""
    state, weights = cpu.array(h), cpu.array(recurrent)
    units = state.shape[-1]
    z = cpu.array(x)[:, time]
    shift = np.zeros(3 * units, z.dtype) if bias is None else cpu.array(bias)
    gates = state @ weights[:, : 2 * units]
    gates += shift[: 2 * units]
    gates += z[:, : 2 * units]
    _applied(recurrent_activation, gates)
    update, reset = gates[:, :units], gates[:, units:]
    last = weights[:, 2 * units :]
    inner = reset * (state @ last + shift[2 * units :]) if reset_after else (reset * state) @ last
    candidate = _applied(activation, z[:, 2 * units :] + inner)
    return cpu.handle(update * state + (1 - update) * candidate, out)
