"""Cases of the steps of recurrent layers: units that fill texels and that do not, each activation."""

from glbackend.engine.tensor import Tensor
from glbackend.ops.recurrent import gru_cell, lstm_cell
from glbackend.testing.case import Case, case
from glbackend.testing.sample import normal


def _lstm(name: str, batch: int, units: int, activation: str = "tanh", gate: str = "sigmoid") -> Case:
    def call(x: Tensor, h: Tensor, c: Tensor, recurrent: Tensor) -> object:
        return lstm_cell(x, h, c, recurrent, 1, activation, gate)

    states = normal(batch, units), normal(batch, units, seed=1)
    return case("LSTMCell", name, call, normal(batch, 3, 4 * units), *states, normal(units, 4 * units) * 0.1)


def _gru(
    name: str, batch: int, units: int, after: bool, activation: str = "tanh", gate: str = "sigmoid"
) -> Case:
    def call(x: Tensor, h: Tensor, recurrent: Tensor, bias: Tensor | None = None) -> object:
        return gru_cell(x, h, recurrent, bias, 2, after, activation, gate)

    arrays = (normal(batch, 3, 3 * units), normal(batch, units), normal(units, 3 * units) * 0.1)
    return case("GRUCell", name, call, *arrays, *([normal(3 * units)] if after and units % 2 else []))


CASES = [
    _lstm("odd", 3, 5),
    _lstm("one", 1, 1),
    _lstm("six", 2, 6),
    _lstm("whole", 2, 8, "relu", "hard_sigmoid"),
    _lstm("linear", 2, 7, "linear", "tanh"),
    _lstm("empty", 0, 4),
    _lstm("large", 9, 200),
    _lstm("large-odd", 9, 199),
    _gru("odd", 3, 5, False),
    _gru("whole", 2, 8, False, "relu", "hard_sigmoid"),
    _gru("large", 9, 200, False),
    _gru("after", 3, 4, True),
    _gru("after-bias", 3, 7, True),
    _gru("after-large", 9, 201, True, "sigmoid", "linear"),
    _gru("empty", 0, 4, False),
]
