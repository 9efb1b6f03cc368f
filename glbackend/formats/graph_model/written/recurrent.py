"""How recurrent layers are written: step by step, as TensorFlow.js has no op of theirs."""

from collections.abc import Callable, Sequence

import numpy as np

from glbackend.engine.node import Node
from glbackend.engine.storage import Handle
from glbackend.formats.graph_model.writer import Writer, writes
from glbackend.formats.writing import Names

NAMES = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh"}  # of activations that are ops
Step = Callable[[str, Sequence[str]], list[str]]  # from x and the states before to those after


@writes("RNN")
def rnn(writer: Writer, node: Node) -> Names:
    """All steps one after the other: before the first one without states these are zero, and left out."""
    given: dict[str, Handle] = node.inputs  # type: ignore[assignment]
    steps = node.checked.outs[0].shape[1]
    present = {key: writer.of(one) for key, one in given.items() if one is not None}
    states = [present[key] for key in "hc" if key in present]
    step = STEPS[node.checked.attrs["cell"]](Gates(writer, node), present["recurrent"], present.get("bias"))
    masks = _by_time(writer, present["mask"], steps) if "mask" in present else None
    results: list[list[str]] = []
    for time, x in enumerate(_by_time(writer, present["x"], steps)):
        after = step(x, states)
        if masks is not None:
            before = states or [writer.add("ZerosLike", [one], T="float32") for one in after]
            pairs = zip(after, before, strict=True)
            after = [writer.add("SelectV2", [masks[time], *pair], T="float32") for pair in pairs]
        states = after
        results.append(states)
    by_state = list(zip(*results, strict=True))
    return [writer.add("Pack", one, N=steps, axis=1, T="float32") for one in by_state]


def _by_time(writer: Writer, name: str, steps: int) -> list[str]:
    made = writer.add("Unpack", [name], num=steps, axis=1)
    return [f"{made}:{i}" if i else made for i in range(steps)]


class Gates:
    """The arithmetic of gates, as nodes of one kernel."""

    def __init__(self, writer: Writer, node: Node) -> None:
        self.writer = writer
        self.units = node.checked.outs[0].shape[2]
        self._names = [node.checked.attrs[key] for key in ("activation", "recurrent_activation")]

    def add(self, *names: str | None) -> str:
        """The sum of what is there."""
        first, *rest = [one for one in names if one is not None]
        for one in rest:
            first = self.writer.add("AddV2", [first, one], T="float32")
        return first

    def sub(self, x: str, y: str) -> str:
        """The difference."""
        return self.writer.add("Sub", [x, y], T="float32")

    def mul(self, x: str, y: str) -> str:
        """The product of elements."""
        return self.writer.add("Mul", [x, y], T="float32")

    def matmul(self, x: str, weights: str) -> str:
        """The product of matrices."""
        return self.writer.add("MatMul", [x, weights], transpose_a=False, transpose_b=False, T="float32")

    def parts(self, x: str, *gates: int) -> list[str]:
        """Parts along the last axis, of so many gates each."""
        sizes = self.writer.const(np.array(gates, np.int32) * self.units, "sizes")
        inputs = [x, sizes, self.writer.const(np.int32(1))]
        made = self.writer.add("SplitV", inputs, num_split=len(gates), T="float32")
        return [f"{made}:{i}" if i else made for i in range(len(gates))]

    def act(self, x: str) -> str:
        """The activation."""
        return self._applied(self._names[0], x)

    def gate(self, x: str) -> str:
        """The activation of gates."""
        return self._applied(self._names[1], x)

    def _applied(self, name: str, x: str) -> str:
        if name == "linear":
            return x
        if name in NAMES:
            return self.writer.add(NAMES[name], [x], T="float32")
        slope, middle, low, high = (self.writer.const(np.float32(one)) for one in (0.2, 0.5, 0, 1))
        return self.writer.add("ClipByValue", [self.add(self.mul(x, slope), middle), low, high], T="float32")


def _simple(gates: Gates, weights: str, bias: str | None) -> Step:
    def step(x: str, states: Sequence[str]) -> list[str]:
        return [gates.act(gates.add(x, *(gates.matmul(h, weights) for h in states)))]

    return step


def _lstm(gates: Gates, weights: str, bias: str | None) -> Step:
    def step(x: str, states: Sequence[str]) -> list[str]:
        z = gates.add(x, *(gates.matmul(h, weights) for h in states[:1]))
        i, forget, new, o = gates.parts(z, 1, 1, 1, 1)
        kept = [gates.mul(gates.gate(forget), c) for c in states[1:]]
        c = gates.add(gates.mul(gates.gate(i), gates.act(new)), *kept)
        return [gates.mul(gates.gate(o), gates.act(c)), c]

    return step


def _gru(gates: Gates, weights: str, bias: str | None) -> Step:
    of_gates, of_new = gates.parts(weights, 2, 1)

    def step(x: str, states: Sequence[str]) -> list[str]:
        both, new = gates.parts(x, 2, 1)
        both = gates.gate(gates.add(both, *(gates.matmul(h, of_gates) for h in states)))
        update, reset = gates.parts(both, 1, 1)
        inner = [gates.matmul(gates.mul(reset, h), of_new) for h in states]
        return _updated(gates, update, gates.act(gates.add(new, *inner)), states)

    return step


def _gru_reset_after(gates: Gates, weights: str, bias: str | None) -> Step:
    def step(x: str, states: Sequence[str]) -> list[str]:
        both, new = gates.parts(x, 2, 1)
        inner = [gates.add(gates.matmul(h, weights), bias) for h in states]
        if not inner and bias is not None:
            row = gates.writer.add("ExpandDims", [bias, gates.writer.const(np.int32(0))], T="float32")
            inner = [row]
        of_gates, of_new = gates.parts(inner[0], 2, 1) if inner else (None, None)
        update, reset = gates.parts(gates.gate(gates.add(both, of_gates)), 1, 1)
        if of_new is not None:
            new = gates.add(new, gates.mul(reset, of_new))
        return _updated(gates, update, gates.act(new), states)

    return step


def _updated(gates: Gates, update: str, new: str, states: Sequence[str]) -> list[str]:
    """The state before where the gate says so, else the new one."""
    if not states:
        return [gates.sub(new, gates.mul(update, new))]
    return [gates.add(gates.mul(update, gates.sub(states[0], new)), new)]


STEPS = {"simple_rnn": _simple, "lstm": _lstm, "gru": _gru, "gru_reset_after": _gru_reset_after}
