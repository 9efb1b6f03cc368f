"""How recurrent layers are written: ONNX's operators, which get the gates ready made."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from glbackend.contracts.recurrent import GATES
from glbackend.engine.node import Node
from glbackend.engine.storage import Handle
from glbackend.formats.onnx.writer import Writer, refuse, writes
from glbackend.formats.writing import Names

ACTIVATIONS = {
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "relu": "Relu",
    "hard_sigmoid": "HardSigmoid",
    "linear": "Affine",
}
ALPHAS = {"HardSigmoid": 0.2, "Affine": 1.0}  # of activations that have one
BETAS = {"HardSigmoid": 0.5, "Affine": 0.0}
ORDER = {"lstm": (0, 3, 1, 2), "gru": (0, 1, 2), "gru_reset_after": (0, 1, 2), "simple_rnn": (0,)}


@writes("RNN")
def rnn(writer: Writer, node: Node) -> Names:
    """LSTM, GRU or RNN. Our kernel is given what the inputs do to the gates: for ONNX these are the inputs,
    and their weights the identity."""
    given: dict[str, Handle] = node.inputs  # type: ignore[assignment]
    attrs = node.checked.attrs
    cell = attrs["cell"]
    if given.get("mask") is not None:
        raise refuse(node, "with a mask")
    units = given["recurrent"].shape[0]
    gates = [gate * units + i for gate in ORDER[cell] for i in range(units)]
    batch_first = writer.turned(writer.of(given["x"]), [1, 0, 2])
    weights = writer.const(np.eye(GATES[cell] * units, dtype=np.float32)[gates][None], "gates")
    turned = writer.turned(writer.of(given["recurrent"]), [1, 0])
    inner = _in_front(writer, writer.add("Gather", [turned, writer.indices(gates, "order")], axis=0))
    bias = _bias(writer, given.get("bias"), GATES[cell] * units)
    states = ["" if given.get(key) is None else _in_front(writer, writer.of(given[key])) for key in "hc"]
    inputs = [batch_first, weights, inner, bias, "", states[0], *([states[1]] if cell == "lstm" else [])]
    while inputs[-1] == "":
        inputs.pop()
    op = {"lstm": "LSTM", "simple_rnn": "RNN"}.get(cell, "GRU")
    more = {"linear_before_reset": int(cell == "gru_reset_after")} if op == "GRU" else {}
    made = writer.add(op, inputs, hidden_size=units, **_activations(op, attrs), **more)
    found = writer.turned(writer.add("Squeeze", [made, writer.indices([1], "axes")]), [1, 0, 2])
    if cell != "lstm":
        return [found]
    states_name = writer.unique("lstm_states")
    writer.forbidden[states_name] = "LSTM gives the inner states (c) of its last step alone"
    return [found, states_name]


def _activations(op: str, attrs: Mapping[str, Any]) -> dict[str, Any]:
    """The activations of each gate, where they are not ONNX's own, with their numbers."""
    gate, own = (ACTIVATIONS[attrs[key]] for key in ("recurrent_activation", "activation"))
    names = {"LSTM": [gate, own, own], "GRU": [gate, own], "RNN": [own]}[op]
    if names in (["Sigmoid", "Tanh", "Tanh"], ["Sigmoid", "Tanh"], ["Tanh"]):
        return {}
    numbers = [(ALPHAS[name], BETAS[name]) for name in names if name in ALPHAS]
    given: dict[str, Any] = {"activations": names}
    if numbers:
        given |= {"activation_alpha": [a for a, _ in numbers], "activation_beta": [b for _, b in numbers]}
    return given


def _bias(writer: Writer, bias: Handle | None, width: int) -> str:
    """The bias of the inputs, which is in them, and that of the state."""
    if bias is None:
        return ""
    zeros = writer.const(np.zeros(width, np.float32))
    return _in_front(writer, writer.add("Concat", [zeros, writer.of(bias)], axis=0))


def _in_front(writer: Writer, name: str) -> str:
    """With an axis of one direction before the others."""
    return str(writer.add("Unsqueeze", [name, writer.indices([0], "axes")]))
