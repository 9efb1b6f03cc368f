"""Model: a graph of layers from symbolic inputs to outputs, itself a layer."""

from collections.abc import Iterator, Sequence
from typing import Any

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError
from glbackend.base.registry import shared_read, shared_written
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers.layer import LAYERS, Layer, Mask
from glbackend.layers.symbolic import SymbolicTensor, rejoin
from glbackend.models.graph import Graph
from glbackend.models.saving import save_model
from glbackend.models.serialization import graph_config, graph_of, own_options, shared_layers
from glbackend.models.summary import summary_lines
from glbackend.models.trained import Trained


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


@LAYERS.declare("Functional")
class Model(Trained, Layer):
    """A functional model: a graph of layers from inputs to outputs, itself a layer. As `tf.model`.

    `inputs`, `outputs`: symbolic tensors, as `gl.input` and calls of layers give them, or lists of them.
    `name`: names the model where it is a layer of another.
    `trainable`: False keeps all its weights as they are.

    Raises ArgumentError where the outputs need other inputs, or two layers share a name.

    >>> import glbackend as gl
    >>> x = gl.input([4])
    >>> y = gl.layers.dense(units=2)(x)
    >>> gl.model(inputs=x, outputs=y).predict(gl.ones([3, 4])).shape
    (3, 2)
    """

    accepts_int = True
    is_model = True

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
        """A layer by name or by index. As `model.getLayer`.

        `name`: of the layer; ArgumentError where the model has none of that name.
        `index`: in its place the number of the layer in `layers`.

        >>> import glbackend as gl
        >>> gl.sequential([gl.layers.dense(units=3, input_shape=[2])]).get_layer(index=0).units
        3
        """
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

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        graph = state.pop("graph", None)
        return state if graph is None else {**state, "_graph": (graph.inputs, graph.outputs, graph.calls)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update({key: value for key, value in state.items() if key != "_graph"})
        if "_graph" in state:
            inputs, outputs, calls = state["_graph"]
            for layer, node in calls:
                rejoin(layer, node)
            self._set_graph(inputs, outputs)

    @property
    def input_names(self) -> list[str]:
        """Names of the inputs."""
        return [symbol.name for symbol in self.inputs]

    @property
    def output_names(self) -> list[str]:
        """Names of the layers that give the outputs."""
        return [symbol.name for symbol in self.outputs]

    @property
    def sublayers(self) -> dict[str, Any]:
        return {layer.name: layer for layer in self.layers}

    def named_weights(
        self, prefix: str | None = None, scopes: bool = False
    ) -> Iterator[tuple[str, Variable]]:
        """Those of the layers; the model's own name stands in no weight's, as in TF.js."""
        for layer in self.layers:
            yield from layer.named_weights(prefix and f"{prefix}/{layer.name}", scopes)

    @property
    def weights(self) -> list[Variable]:
        """All variables, layer by layer, whatever is frozen."""
        return list({one.id: one for layer in self.layers for one in layer.weights}.values())

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        given = _as_list(inputs)
        results, _ = self.run(given, None if mask is None else _as_list(mask), training, {})
        return results[0] if len(results) == 1 else results

    def run(
        self, group: list[Tensor], masks: list[Mask] | None, training: bool, arguments: dict[str, Any]
    ) -> tuple[list[Tensor], list[Mask] | None]:
        """The outputs for the inputs, and the masks of the outputs, for losses and metrics."""
        if len(group) != len(self.inputs):
            raise ArgumentError(
                f"model {self.name!r} takes {len(self.inputs)} inputs ({', '.join(self.input_names)}), "
                f"but {len(group)} were given"
            )
        return self.graph.run(group, masks, arguments.get("training", training))

    def reset_states(self) -> None:
        """Forgets the states of all stateful layers, those of models within too. As `model.resetStates`.

        >>> import glbackend as gl
        >>> lstm = gl.layers.lstm(units=1, stateful=True, batch_input_shape=[1, 3, 2])
        >>> model = gl.sequential([lstm])
        >>> first = model.predict(gl.ones([1, 3, 2])).item()
        >>> model.reset_states()
        >>> model.predict(gl.ones([1, 3, 2])).item() == first
        True
        """
        for one in self.with_sublayers():
            if one is not self and getattr(one, "stateful", False):
                one.reset_states()  # type: ignore[attr-defined]

    @checked
    def save(self, target: Any, *, quantization: Any = None, include_optimizer: bool = False) -> Any:
        """Writes the model: model.json and weight shards. As `model.save`.

        `target`: a folder, or an IO handler as `gl.io.from_memory()`.
        `quantization`: None, "float16", "uint8" or "uint16".
        `include_optimizer`: whether the optimizer and its state are written too.

        A failed save leaves an earlier model intact.

        >>> import glbackend as gl
        >>> memory = gl.io.from_memory()
        >>> _ = gl.sequential([gl.layers.dense(units=1, input_shape=[2], name="d")]).save(memory)
        >>> list(memory.artifacts.weights)
        ['d/kernel', 'd/bias']
        """
        return save_model(self, self.trainer if include_optimizer else None, target, quantization)

    @checked
    def summary(
        self, line_length: int = 98, positions: Sequence[float] | None = None, print_fn: Any = print
    ) -> None:
        """Prints a table of the layers, their shapes and parameter counts. As `model.summary`.

        `line_length`: width of the table in characters.
        `positions`: where its columns end, as shares of the width.
        `print_fn`: what is called with each line.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=3, input_shape=[2], name="d")], name="m")
        >>> model.summary(line_length=50)
        Model: m
        __________________________________________________
        Layer (type)      Input shape  Output sha…  Par…
        ==================================================
        d (Dense)         [None, 2]    [None, 3]    9
        ==================================================
        Total params: 9
        Trainable params: 9
        Non-trainable params: 0
        __________________________________________________
        """
        calls = self.graph.calls if self.built else ()
        for line in summary_lines(self, self.layers, calls, line_length, positions):
            print_fn(line)

    def own_config(self) -> dict[str, Any]:
        """What the config of any model holds: its name, and where it is frozen that."""
        return {"name": self.name} | ({} if self._trainable else {"trainable": False})

    def get_config(self) -> dict[str, Any]:
        """The graph in Keras's spelling: layers, inbound nodes, input and output layers."""
        with shared_written(lambda: shared_layers(self)):
            return {**self.own_config(), **graph_config(self.layers, self.graph)}

    @classmethod
    def from_config(cls, config: Any) -> "Model":
        """A model of such a graph."""
        with shared_read():
            inputs, outputs = graph_of(config)
        return cls(inputs=inputs, outputs=outputs, **own_options(config))
