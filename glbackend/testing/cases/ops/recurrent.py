"""Cases of recurrent layers: units that fill texels and that do not, each cell and activation, with masks."""

import numpy as np

from glbackend.contracts.recurrent import GATES
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import run_several
from glbackend.ops.recurrent import rnn
from glbackend.testing.case import Case, case
from glbackend.testing.sample import Array, normal


def _mask(batch: int, time: int) -> Array:
    """A step left out here and there, the first and the last among them."""
    return np.arange(batch * time).reshape((batch, time, 1)) % 3 != 0


def _forward(
    name: str,
    cell: str,
    batch: int,
    units: int,
    time: int = 3,
    activation: str = "tanh",
    gate: str = "sigmoid",
    masked: bool = False,
    differentiated: bool = True,
    begun: bool = True,
) -> Case:
    """The bias comes where units are odd; first states of zeros unless `begun`."""
    count, biased = (2 if cell == "lstm" else 1) if begun else 0, cell == "gru_reset_after" and units % 2 == 1

    def call(x: Tensor, recurrent: Tensor, *others: Tensor) -> object:
        left = list(others)
        states = [left.pop(0) for _ in range(count)]
        bias = left.pop(0) if biased else None
        return rnn(cell, x, states, recurrent, bias, left.pop() if left else None, activation, gate)

    width = GATES[cell] * units
    inputs = [normal(batch, time, width), normal(units, width, seed=2) * 0.3]
    inputs += [normal(batch, units, seed=i) for i in range(count)]
    inputs += [normal(width, seed=4)] if biased else []
    grad = tuple(range(len(inputs))) if differentiated else ()
    return case("RNN", name, call, *inputs, *([_mask(batch, time)] if masked else []), grad=grad)


def _backward(
    name: str, cell: str, batch: int, units: int, masked: bool = False, differentiated: bool = True
) -> Case:
    lstm, width, time = cell == "lstm", GATES[cell] * units, 2
    names = ["dh", "x", "inner", "h", "recurrent", *(["dc", "c"] if lstm else [])]
    shapes = {"x": (batch, time, width), "inner": (batch, time, width), "recurrent": (units, width)}
    inputs = [normal(*shapes.get(one, (batch, time, units)), seed=i) * 0.3 for i, one in enumerate(names)]

    def call(*given: Tensor) -> object:
        attrs = {"cell": cell, "activation": "tanh", "recurrent_activation": "sigmoid"}
        return run_several("RNNGrad", dict(zip([*names, "mask"], given, strict=False)), **attrs)

    masks = [_mask(batch, time)] if masked else []
    grad = tuple(range(len(inputs))) if differentiated else ()
    return case("RNNGrad", name, call, *inputs, *masks, grad=grad)


CASES = [
    *(_forward(f"{cell}-odd", cell, 2, 5, 2) for cell in GATES),
    *(_forward(f"{cell}-anew", cell, 2, 3, 2, begun=False) for cell in ("lstm", "gru")),
    *(_forward(f"{cell}-whole", cell, 3, 4, 2, masked=True) for cell in GATES),
    _forward("lstm-one", "lstm", 1, 1, 1),
    _forward("lstm-hard", "lstm", 2, 8, 2, "relu", "hard_sigmoid", differentiated=False),
    _forward("lstm-linear", "lstm", 2, 7, 2, "linear", "tanh"),
    _forward("gru-hard", "gru", 2, 6, 2, "relu", "hard_sigmoid", differentiated=False),
    _forward("gru_reset_after-linear", "gru_reset_after", 2, 3, 2, "sigmoid", "linear"),
    _forward("simple_rnn-long", "simple_rnn", 2, 3, 40, differentiated=False),
    *(_forward(f"{cell}-large", cell, 9, 199, differentiated=False) for cell in GATES),
    _forward("lstm-uncut", "lstm", 16, 64, differentiated=False),
    _forward("lstm-empty", "lstm", 0, 4, differentiated=False),
    *(_backward(f"{cell}-odd", cell, 1, 3) for cell in GATES),
    *(_backward(f"{cell}-whole", cell, 1, 4, masked=True) for cell in GATES),
    *(_backward(f"{cell}-large", cell, 9, 199, differentiated=False) for cell in GATES),
    _backward("lstm-empty", "lstm", 0, 4, differentiated=False),
]
