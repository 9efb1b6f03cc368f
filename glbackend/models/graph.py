"""The graph of a model: the calls of its layers, in an order in which they can run, values and masks."""

from collections.abc import Sequence

from glbackend.base.config import settings_version
from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Layer, Mask
from glbackend.layers.symbolic import Node, SymbolicTensor, map_symbols
from glbackend.models.folding import Call, fold

Calls = Sequence[tuple[Layer, Node]]


class Graph:
    """The calls between inputs and outputs, in an order in which they can run."""

    def __init__(self, inputs: list[SymbolicTensor], outputs: list[SymbolicTensor], model: str) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.calls: list[tuple[Layer, Node]] = []
        met: dict[Layer, None] = {}  # as one goes from the outputs back
        known = {symbol.id for symbol in inputs}
        stack: list[tuple[SymbolicTensor, bool]] = [(symbol, False) for symbol in reversed(outputs)]
        while stack:
            symbol, expanded = stack.pop()
            met[symbol.layer] = None
            if symbol.id in known:
                continue
            node = symbol.layer._inbound_nodes[symbol.node_index]
            if expanded:
                self.calls.append((symbol.layer, node))
                known.update(one.id for one in node.outputs)
                continue
            if not node.inputs:
                raise ArgumentError(
                    f"model {model!r}: its outputs depend on {symbol.layer.name!r}, "
                    f"which is not among its inputs"
                )
            stack.append((symbol, True))
            stack.extend((one, False) for one in reversed(node.sources))
        self._folded: tuple[int, list[Call]] = -1, []  # with the settings that it was made with
        self.layers = self._in_order(list(met))

    def _in_order(self, met: list[Layer]) -> list[Layer]:
        """The layers as Keras and TF.js list them: those farthest from the outputs first, then as met."""
        far: dict[Layer, int] = {}
        nodes: dict[int, int] = {}  # of each call, by its first output
        for layer, node in reversed(self.calls):
            depth = max(nodes.get(node.outputs[0].id, 0), far.get(layer, 0))
            far[layer] = depth
            for symbol in node.sources:
                source = symbol.layer._inbound_nodes[symbol.node_index].outputs[0].id
                nodes[source] = max(depth + 1, nodes.get(source, 0))
        for symbol in self.inputs:
            source = symbol.layer._inbound_nodes[symbol.node_index].outputs[0].id
            far[symbol.layer] = max(nodes.get(source, 0), far.get(symbol.layer, 0))
        unused = [symbol.layer for symbol in self.inputs if symbol.layer not in met]
        return sorted(dict.fromkeys([*unused, *met]), key=lambda layer: -far[layer])

    @property
    def inference(self) -> list[Call]:
        """The calls of a prediction, folded as the layers' arguments are now."""
        version = settings_version()
        if self._folded[0] != version:
            self._folded = version, fold(self.calls, self.outputs)
        return self._folded[1]

    def run(
        self, tensors: list[Tensor], masks: list[Mask] | None, training: bool | None
    ) -> tuple[list[Tensor], list[Mask] | None]:
        """The outputs and their masks for the inputs and theirs; None in place of all masks without any.

        Intermediate results are let go as soon as nobody needs them.
        """
        values = {symbol.id: tensor for symbol, tensor in zip(self.inputs, tensors, strict=True)}
        masked = {
            symbol.id: mask
            for symbol, mask in zip(self.inputs, masks or (), strict=False)
            if mask is not None
        }
        calls: Sequence[Call] = self.calls if training else self.inference
        last_use = {symbol.id: i for i, (_, node) in enumerate(calls) for symbol in node.sources}
        for symbol in self.outputs:
            last_use.pop(symbol.id, None)
        for i, (layer, node) in enumerate(calls):
            given = [values[symbol.id] for symbol in node.inputs]
            known = [masked.get(symbol.id) for symbol in node.inputs] if masked else None
            arguments = node.arguments and map_symbols(lambda symbol: values[symbol.id], node.arguments)
            results, found = layer._run_with_masks(given, known, training, arguments)
            values.update({symbol.id: one for symbol, one in zip(node.outputs, results, strict=True)})
            for symbol, one in zip(node.outputs, found or (), strict=False):
                if one is not None:
                    masked[symbol.id] = one
            for symbol in node.sources:
                if last_use.get(symbol.id) == i:
                    values.pop(symbol.id, None)
                    masked.pop(symbol.id, None)
            del given, known, arguments, results, found
        ends = [masked.get(symbol.id) for symbol in self.outputs]
        return [values[symbol.id] for symbol in self.outputs], ends if masked else None
