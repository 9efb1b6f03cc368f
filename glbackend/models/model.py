"""Model: a graph of layers from symbolic inputs to outputs, itself a layer."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers.layer import Layer, LayerShape, Node, SymbolicTensor, Weight
from glbackend.models.folding import Call, fold
from glbackend.training.training import Trainable


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


class Graph:
    """The calls between inputs and outputs, in an order in which they can run."""

    def __init__(self, inputs: list[SymbolicTensor], outputs: list[SymbolicTensor], model: str) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.calls: list[tuple[Layer, Node]] = []
        known = {symbol.id for symbol in inputs}
        stack: list[tuple[SymbolicTensor, bool]] = [(symbol, False) for symbol in reversed(outputs)]
        while stack:
            symbol, expanded = stack.pop()
            if symbol.id in known:
                continue
            node = symbol.layer.nodes[symbol.node_index]
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
            stack.extend((one, False) for one in reversed(node.inputs))
        self.inference = fold(self.calls, outputs)

    def run(self, tensors: list[Tensor], training: bool) -> list[Tensor]:
        """The outputs for the inputs; intermediate results are let go as soon as nobody needs them."""
        values = {symbol.id: tensor for symbol, tensor in zip(self.inputs, tensors, strict=True)}
        calls: Sequence[Call] = self.calls if training else self.inference
        last_use = {symbol.id: i for i, (_, node) in enumerate(calls) for symbol in node.inputs}
        for symbol in self.outputs:
            last_use.pop(symbol.id, None)
        for i, (layer, node) in enumerate(calls):
            group = [values[symbol.id] for symbol in node.inputs]
            result = layer(
                group if layer.merges or len(group) > 1 else group[0], training=training, **node.arguments
            )
            values.update(
                {symbol.id: one for symbol, one in zip(node.outputs, _as_list(result), strict=True)}
            )
            for symbol in node.inputs:
                if last_use.get(symbol.id) == i:
                    values.pop(symbol.id, None)
            del group, result
        return [values[symbol.id] for symbol in self.outputs]


class Model(Trainable, Layer):
    """A functional model: `model(inputs=x, outputs=y)` with symbolic tensors or lists of them. As `tf.model`.

    >>> import glbackend as gl
    >>> x = gl.input([4])
    >>> y = gl.layers.dense(units=2)(x)
    >>> gl.model(inputs=x, outputs=y).predict(gl.ones([3, 4])).shape
    (3, 2)
    """

    class_name = "Model"
    accepts_int = True

    def __init__(
        self,
        *,
        inputs: SymbolicTensor | Sequence[SymbolicTensor],
        outputs: SymbolicTensor | Sequence[SymbolicTensor],
        name: str | None = None,
        trainable: bool = True,
    ) -> None:
        super().__init__(name=name, trainable=trainable)
        self._set_graph(_as_list(inputs), _as_list(outputs))

    def _set_graph(self, inputs: list[SymbolicTensor], outputs: list[SymbolicTensor]) -> None:
        for symbol in (*inputs, *outputs):
            if not isinstance(symbol, SymbolicTensor):
                raise ArgumentError(
                    f"model {self.name!r}: inputs and outputs must be symbolic tensors, got {symbol!r}"
                )
        self.graph = Graph(inputs, outputs, self.name)
        self.merges = len(inputs) > 1  # type: ignore[misc]
        self.built = True
        layers = [symbol.layer for symbol in inputs] + [layer for layer, _ in self.graph.calls]
        self._layers = list(dict.fromkeys(layers))
        names = [layer.name for layer in self._layers]
        doubled = {name for name in names if names.count(name) > 1}
        if doubled:
            raise ArgumentError(
                f"model {self.name!r}: layer names must differ, but {', '.join(doubled)} occur twice"
            )

    @property
    def layers(self) -> list[Layer]:
        """The layers, inputs first, in an order in which they can run."""
        return list(self._layers)

    @checked
    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by name or by index. As `model.getLayer`."""
        if index is not None:
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ArgumentError(
            f"model {self.name!r} has no layer {name!r}: {', '.join(one.name for one in self.layers)}"
        )

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """Symbolic inputs."""
        return self.graph.inputs

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """Symbolic outputs."""
        return self.graph.outputs

    @property
    def own_weights(self) -> list[Weight]:
        return [weight for layer in self.layers for weight in layer.own_weights]

    @property
    def trainable_weights(self) -> list[Variable]:
        return [v for layer in self.layers for v in layer.trainable_weights] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        frozen = [v for layer in self.layers for v in layer.non_trainable_weights]
        return (
            frozen
            if self.trainable
            else [v for layer in self.layers for v in layer.trainable_weights] + frozen
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        given = _as_list(inputs)
        if len(given) != len(self.inputs):
            raise ArgumentError(
                f"model {self.name!r} takes {len(self.inputs)} inputs ({', '.join(self.input_names)}), "
                f"but {len(given)} were given"
            )
        results = self.graph.run(given, training)
        return results[0] if len(results) == 1 else results

    def compute_output_shape(self, input_shape: Any) -> Any:
        shapes = input_shape if isinstance(input_shape, list) else [input_shape]
        known: dict[int, LayerShape] = {
            symbol.id: shape for symbol, shape in zip(self.graph.inputs, shapes, strict=True)
        }
        for layer, node in self.graph.calls:
            given = [known[symbol.id] for symbol in node.inputs]
            shape = layer.compute_output_shape(given if layer.merges or len(given) > 1 else given[0])
            several = shape if isinstance(shape, list) else [shape]
            known.update({symbol.id: tuple(one) for symbol, one in zip(node.outputs, several, strict=True)})
        out = [known[symbol.id] for symbol in self.graph.outputs]
        return out[0] if len(out) == 1 else out

    def dispose(self) -> None:
        for layer in self.layers:
            layer.dispose()

    @checked
    def save(self, target: Any, *, quantization: Any = None, include_optimizer: bool = False) -> Any:
        """Writes model.json and weight shards into the folder `target`, or hands them to an IO handler.

        `quantization` is None, "float16", "uint8" or "uint16". A failed save leaves an earlier model intact.
        As `model.save`.
        """
        from glbackend.models.saving import save_model  # noqa: PLC0415 - it imports this module

        return save_model(self, target, quantization=quantization, include_optimizer=include_optimizer)

    @checked
    def summary(
        self, line_length: int = 98, positions: Sequence[float] | None = None, print_fn: Any = print
    ) -> None:
        """Prints layers, their shapes and parameter counts. As `model.summary`."""
        from glbackend.models.summary import summary_lines  # noqa: PLC0415 - it imports this module

        for line in summary_lines(self, line_length, positions):
            print_fn(line)

    def get_config(self) -> dict[str, Any]:
        """The graph in Keras's spelling: layers, inbound nodes, input and output layers."""
        from glbackend.models.serialization import graph_config  # noqa: PLC0415 - it imports this module

        return graph_config(self)
