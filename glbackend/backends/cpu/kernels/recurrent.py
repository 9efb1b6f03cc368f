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
FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "linear": lambda x: x,
    "relu": ROWS["Relu"].numpy,
    "sigmoid": ROWS["Sigmoid"].numpy,
    "tanh": np.tanh,
    "hard_sigmoid": lambda x: np.clip(x.dtype.type(0.2) * x + x.dtype.type(0.5), 0, 1),
}


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
    act, gate = FUNCTIONS[activation], FUNCTIONS[recurrent_activation]
    z = cpu.array(x)[:, time] + cpu.array(h) @ cpu.array(recurrent)
    i, f, inner, o = np.split(z, 4, axis=-1)
    carry = gate(f) * cpu.array(c) + gate(i) * act(inner)
    return cpu.handle(gate(o) * act(carry), out[0]), cpu.handle(carry, out[1])


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
    act, gate = FUNCTIONS[activation], FUNCTIONS[recurrent_activation]
    state, weights = cpu.array(h), cpu.array(recurrent)
    xz, xr, xh = np.split(cpu.array(x)[:, time], 3, axis=-1)
    wz, wr, wh = np.split(weights, 3, axis=-1)
    bz, br, bh = (0, 0, 0) if bias is None else np.split(cpu.array(bias), 3)
    z, r = gate(xz + (state @ wz + bz)), gate(xr + (state @ wr + br))
    inner = r * (state @ wh + bh) if reset_after else (r * state) @ wh
    return cpu.handle(z * state + (1 - z) * act(xh + inner), out)
