"""Contracts of recurrent layers' steps, all in one kernel: gates lie side by side along the last axis, as in
Keras."""

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, contract

GATES = {"simple_rnn": 1, "lstm": 4, "gru": 3, "gru_reset_after": 3}  # of each cell
ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh", "hard_sigmoid")  # that the kernels know


def _check(
    op: str,
    x: Spec,
    recurrent: Spec,
    cell: str,
    others: tuple[Spec | None, ...],
    mask: Spec | None,
    *activations: str,
) -> tuple[int, int, int]:
    """Batch size, steps and units."""
    if cell not in GATES:
        raise ArgumentError(f"{op}: cell must be one of {', '.join(GATES)}, got {cell!r}")
    for name in activations:
        if name not in ACTIVATIONS:
            raise ArgumentError(f"{op}: activation {name!r} must be one of {', '.join(ACTIVATIONS)}")
    if any(one is not None and one.dtype != "float32" for one in (x, recurrent, *others)):
        raise DtypeError(f"{op}: everything but the mask must be float32")
    if mask is not None and mask.dtype != "bool":
        raise DtypeError(f"{op}: mask must be bool, got {mask.dtype}")
    if x.rank != 3 or recurrent.rank != 2 or 0 in (x.shape[1], *recurrent.shape):
        raise ShapeError(
            f"{op}: x must be [batch, time, gates] and recurrent [units, gates], "
            f"got {list(x.shape)} and {list(recurrent.shape)}"
        )
    batch, steps, width = x.shape
    units = recurrent.shape[0]
    if width != GATES[cell] * units or recurrent.shape[1] != width:
        raise ShapeError(
            f"{op}: {units} units need {GATES[cell] * units} gates, got {width} and {recurrent.shape[1]}"
        )
    return batch, steps, units


def _check_shapes(op: str, wanted: dict[str, tuple[Spec | None, tuple[int, ...]]]) -> None:
    for name, (spec, shape) in wanted.items():
        if spec is not None and spec.shape != shape:
            raise ShapeError(f"{op}: {name} must have shape {list(shape)}, got {list(spec.shape)}")


def _check_state(op: str, cell: str, h: Spec | None, **states: Spec | None) -> None:
    for name, spec in states.items():
        if (spec is not None) != (cell == "lstm" and h is not None):
            raise ArgumentError(f"{op}: {name} goes with an lstm, and only with it")


@contract("RNN")
def rnn(
    x: Spec,
    recurrent: Spec,
    h: Spec | None = None,
    c: Spec | None = None,
    bias: Spec | None = None,
    mask: Spec | None = None,
    *,
    cell: str,
    activation: str,
    recurrent_activation: str,
) -> Checked:
    """x [batch, time, gates]: what the inputs give to the gates; results: the h of all steps, with lstm also
    the c, [batch, time, units].

    h, c [batch, units]: the first states, zero where absent. Gates: of lstm i, f, z, o, of gru z, r, h.
    `bias` [gates] is that of the state's product in gru_reset_after; `mask` (bool, [batch, time, 1]) is False
    where a step is left out.
    """
    names = activation, recurrent_activation
    batch, steps, units = _check("rnn", x, recurrent, cell, (h, c, bias), mask, *names)
    _check_state("rnn", cell, h, c=c)
    if bias is not None and cell != "gru_reset_after":
        raise ArgumentError("rnn: bias goes with gru_reset_after only")
    state = batch, units
    wanted = {"h": (h, state), "c": (c, state), "bias": (bias, recurrent.shape[1:])}
    _check_shapes("rnn", {**wanted, "mask": (mask, (batch, steps, 1))})
    outs = (Spec((batch, steps, units)),) * (2 if cell == "lstm" else 1)
    return Checked(
        outs, {"cell": cell, "activation": activation, "recurrent_activation": recurrent_activation}
    )


@contract("RNNGrad")
def rnn_grad(
    dh: Spec,
    x: Spec,
    inner: Spec,
    h: Spec,
    recurrent: Spec,
    dc: Spec | None = None,
    c: Spec | None = None,
    mask: Spec | None = None,
    *,
    cell: str,
    activation: str,
    recurrent_activation: str,
) -> Checked:
    """dh, dc: gradients of what RNN gave; h, c: the states before each step; all [batch, time, units].

    `inner` [batch, time, gates]: the state's product with `recurrent`, and bias. Results: the gradients of x,
    of inner, of the first h and of the first c.
    """
    names = activation, recurrent_activation
    batch, steps, units = _check("rnn_grad", x, recurrent, cell, (dh, inner, h, dc, c), mask, *names)
    _check_state("rnn_grad", cell, h, c=c, dc=dc)
    every = {"dh": dh, "h": h, "dc": dc, "c": c}
    wanted = {name: (spec, (batch, steps, units)) for name, spec in every.items()}
    _check_shapes("rnn_grad", {**wanted, "inner": (inner, x.shape), "mask": (mask, (batch, steps, 1))})
    outs = (x, x, *(Spec((batch, units)),) * (2 if cell == "lstm" else 1))
    return Checked(
        outs, {"cell": cell, "activation": activation, "recurrent_activation": recurrent_activation}
    )
