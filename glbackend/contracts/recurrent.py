"""Contracts of the steps of recurrent layers: gates lie side by side along the last axis, as in Keras."""

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract

ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh", "hard_sigmoid")  # that a step's kernel knows


def _check(
    op: str, gates: int, x: Spec, recurrent: Spec, states: dict[str, Spec], time: int
) -> tuple[int, int]:
    """Batch size and units; everything is checked against them."""
    if any(one.dtype != "float32" for one in (x, recurrent, *states.values())):
        raise DtypeError(f"{op}: everything must be float32")
    if x.rank != 3 or recurrent.rank != 2:
        raise ShapeError(
            f"{op}: x must be [batch, time, gates] and recurrent [units, gates], "
            f"got {list(x.shape)} and {list(recurrent.shape)}"
        )
    batch, steps, width = x.shape
    units = recurrent.shape[0]
    if width != gates * units or recurrent.shape[1] != width:
        raise ShapeError(
            f"{op}: {units} units need {gates * units} gates, got {width} and {recurrent.shape[1]}"
        )
    for name, state in states.items():
        if state.shape != (batch, units):
            raise ShapeError(f"{op}: {name} must have shape {[batch, units]}, got {list(state.shape)}")
    if not 0 <= time < steps:
        raise ArgumentError(f"{op}: time must lie in [0, {steps}), got {time}")
    return batch, units


def _activations(op: str, *names: str) -> None:
    unknown = [name for name in names if name not in ACTIVATIONS]
    if unknown:
        raise ArgumentError(f"{op}: activation {unknown[0]!r} must be one of {', '.join(ACTIVATIONS)}")


@contract("LSTMCell")
def lstm_cell(
    x: Spec, h: Spec, c: Spec, recurrent: Spec, *, time: int, activation: str, recurrent_activation: str
) -> Checked:
    """x [batch, time, 4 units]: what the inputs give to the gates i, f, c, o; results: the new h and c."""
    batch, units = _check("lstm_cell", 4, x, recurrent, {"h": h, "c": c}, time)
    _activations("lstm_cell", activation, recurrent_activation)
    out = Spec((batch, units))
    attrs = {"time": time, "activation": activation, "recurrent_activation": recurrent_activation}
    return Checked((out, out), attrs)


@contract("GRUCell")
def gru_cell(
    x: Spec,
    h: Spec,
    recurrent: Spec,
    bias: Spec | None = None,
    *,
    time: int,
    reset_after: bool,
    activation: str,
    recurrent_activation: str,
) -> Checked:
    """x [batch, time, 3 units]: what the inputs give to z, r, h; `bias` comes with `reset_after`."""
    batch, units = _check("gru_cell", 3, x, recurrent, {"h": h}, time)
    _activations("gru_cell", activation, recurrent_activation)
    if bias is not None and (not reset_after or bias.shape != (3 * units,)):
        raise ShapeError(f"gru_cell: bias must have shape {[3 * units]} and goes with reset_after only")
    attrs = {
        "time": time,
        "reset_after": bool(reset_after),
        "activation": activation,
        "recurrent_activation": recurrent_activation,
    }
    return Checked(Spec((batch, units)), attrs)
