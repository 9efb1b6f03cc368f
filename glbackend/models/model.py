"""Model: a graph of layers from symbolic inputs to outputs, itself a layer."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from glbackend.base.calling import checked, parameters_of
from glbackend.base.config import KNOWN_BESIDES
from glbackend.base.errors import ArgumentError, CallError, ShapeError
from glbackend.base.registry import shared_read, shared_written
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers.checking import as_it_was
from glbackend.layers.kept import free
from glbackend.layers.layer import LAYERS, Layer, Mask
from glbackend.layers.structure import by_keys, keyed
from glbackend.layers.symbolic import SymbolicTensor, rejoin
from glbackend.models.graph import Calls, Graph
from glbackend.models.saving import topology_of
from glbackend.models.serialization import graph_config, graph_of, own_options, shared_layers
from glbackend.models.subclassed import ends_of
from glbackend.models.summary import Summarized
from glbackend.models.trained import Trained
from glbackend.models.written import Written
from glbackend.training.batches import group_of, of_rank
from glbackend.training.feed import names_for

Symbols = SymbolicTensor | Sequence[SymbolicTensor] | Mapping[str, SymbolicTensor]


def _by_place(path: str, layer: Layer, scopes: bool) -> Iterator[tuple[str, Variable]]:
    """The weights of a layer under a path; those of a graph of layers under their places in it."""
    if not isinstance(layer, Model) or layer._is_coded:
        yield from layer.named_weights(path, scopes)
        return
    for i, one in enumerate(layer.layers):
        yield from _by_place(f"{path}/{i}", one, scopes)


@LAYERS.declare("Functional")
class Model(Summarized, Written, Trained, Layer):
    """A functional model: a graph of layers from inputs to outputs, itself a layer. As `tf.model`.

    Or the base of a class with a `call` of its own, as Keras's: it keeps its layers in attributes, and makes
    their weights when the first data come. Files hold its weights and, where it is registered, its config.

    `inputs`, `outputs`: symbolic tensors, as `gl.input` and calls of layers give them, or lists or dicts of
    them; what a model of dicts takes and gives, losses and metrics go by their keys. Left out in the
    constructor of a class with a `call`.
    `name`: names the model where it is a layer of another.
    `trainable`: False keeps all its weights as they are. `dtype`: its policy, as of a layer.

    Raises ArgumentError where the outputs need other inputs, or two layers share a name.

    >>> import glbackend as gl
    >>> x = gl.input([4])
    >>> y = gl.layers.dense(units=2)(x)
    >>> gl.model(inputs=x, outputs=y).predict(gl.ones([3, 4])).shape
    (3, 2)
    >>> class Twice(gl.Model):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.dense = gl.layers.dense(units=2)
    ...     def call(self, inputs):
    ...         return self.dense(inputs) * 2.0
    >>> Twice().predict(gl.ones([3, 4])).shape
    (3, 2)
    """

    accepts_int = True
    is_model = True
    _calls_graph: Graph | None = None

    def __init__(
        self,
        inputs: Symbols | None = None,
        outputs: Symbols | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
    ) -> None:
        if isinstance(inputs, Mapping) and outputs is None:
            raise CallError(
                "model: options are not given as one dict but by name: model(inputs=..., outputs=...)"
            )
        super().__init__(name=name, trainable=trainable, dtype=dtype)
        if inputs is not None and outputs is not None:
            self._set_graph(self._grouped_inputs(inputs), self._parted_outputs(outputs))
        elif type(self) is Model or inputs is not None or outputs is not None:
            raise ArgumentError(f"model {self.name!r}: give both inputs and outputs")
        else:
            self._ends: tuple[list[SymbolicTensor], list[SymbolicTensor]] | None = None

    def _set_graph(self, inputs: list[SymbolicTensor], outputs: list[SymbolicTensor]) -> None:
        for symbol in (*inputs, *outputs):
            if not isinstance(symbol, SymbolicTensor):
                raise ArgumentError(
                    f"model {self.name!r}: inputs and outputs must be symbolic tensors, got {symbol!r}"
                )
        self._calls_graph = Graph(inputs, outputs, self.name)
        self.merges = len(inputs) > 1  # type: ignore[misc]
        self.built = True
        self._layers = self._calls_graph.layers
        names = [layer.name for layer in self._layers]
        doubled = {name for name in names if names.count(name) > 1}
        if doubled:
            raise ArgumentError(
                f"model {self.name!r}: layer names must differ, but {', '.join(doubled)} occur twice"
            )

    def __repr__(self) -> str:
        if not self.built:
            return f"<{type(self).__name__} {self.name!r}, not built yet>"
        count = f"{self.count_params():,} parameters"
        return f"<{type(self).__name__} {self.name!r}: {len(self.layers)} layers, {count}>"

    @property
    def built(self) -> bool:
        """Whether its shapes are known; one of a class that says so itself, as in Keras, has to be called."""
        return self._said_built and (self._calls_graph is not None or vars(self).get("_ends") is not None)

    @built.setter
    def built(self, built: bool) -> None:
        self._said_built = built

    @property
    def _is_coded(self) -> bool:
        """Whether it is a class with a `call` of its own, not a graph."""
        return self._calls_graph is None

    def build(self, input_shape: Any) -> None:
        """Makes the weights of a class with a `call`, by tracing it for inputs of a shape, or several.

        `input_shape`: dims, None for those that are not known; a list of shapes for several inputs.

        As Keras's `Model.build`.

        >>> import glbackend as gl
        >>> gl.model(inputs=(x := gl.input([4])), outputs=gl.layers.dense(units=2)(x)).build([None, 4])
        """
        if self._is_coded and not self.built:
            with as_it_was(self):
                self._ends = ends_of(self, input_shape)
                self.built = True

    @property
    def layers(self) -> list[Layer]:
        """The layers, those farthest from the outputs first, as Keras lists them."""
        return list(self._inner_layers.values()) if self._is_coded else list(self._layers)

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

    @free
    def inputs(self) -> list[SymbolicTensor]:
        """Symbolic inputs."""
        return self._symbolic_inputs

    @free
    def outputs(self) -> list[SymbolicTensor]:
        """Symbolic outputs."""
        return self._symbolic_outputs

    @property
    def _symbolic_inputs(self) -> list[SymbolicTensor]:
        return self._ends_known()[0] if self._calls_graph is None else self._calls_graph.inputs

    @property
    def _symbolic_outputs(self) -> list[SymbolicTensor]:
        return self._ends_known()[1] if self._calls_graph is None else self._calls_graph.outputs

    def _ends_known(self) -> tuple[list[SymbolicTensor], list[SymbolicTensor]]:
        if self._ends is None:
            raise ShapeError(
                f"model {self.name!r} ({type(self).__name__}) has no shapes yet: call it once, or build it: "
                f"model.build(input_shape)"
            )
        return self._ends

    @property
    def _graph_calls(self) -> Calls:
        """The calls of its layers, in an order in which they can run; none of a class with a `call`."""
        return self._calls_graph.calls if self._calls_graph is not None and self.built else ()

    @property
    def input(self) -> Any:
        """Its symbolic input, whatever it is applied to; a list of them for several, or a dict."""
        return self._arranged_inputs(self._symbolic_inputs)

    @property
    def output(self) -> Any:
        """Its symbolic output, whatever it is applied to; a list of them for several."""
        return self._packed_outputs(self._symbolic_outputs)

    @free
    def input_shape(self) -> Any:
        """Shape of the input, None where any size fits; a list of them for several."""
        return self._arranged_inputs([one.shape for one in self._symbolic_inputs])

    @free
    def output_shape(self) -> Any:
        """Shape of the output, None where any size fits; a list of them for several."""
        return self._packed_outputs([one.shape for one in self._symbolic_outputs])

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        graph, _ = state.pop("_calls_graph", None), state.pop("_added", None)
        return state if graph is None else {**state, "_graph": (graph.inputs, graph.outputs, graph.calls)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update({key: value for key, value in state.items() if key != "_graph"})
        if "_graph" in state:
            inputs, outputs, calls = state["_graph"]
            for layer, node in calls:
                rejoin(layer, node)
            self._set_graph(inputs, outputs)

    @free
    def input_names(self) -> list[str]:
        """Names of the inputs, or their keys."""
        return self._input_words

    @free
    def output_names(self) -> list[str]:
        """Names of the layers that give the outputs, or the keys of these."""
        return self._output_words

    @property
    def _input_words(self) -> list[str]:
        return list(self._input_keys or [symbol.name for symbol in self._symbolic_inputs])

    @property
    def _output_words(self) -> list[str]:
        return list(self._output_keys or [symbol.name for symbol in self._symbolic_outputs])

    @property
    def _inner_layers(self) -> dict[str, Any]:
        return super()._inner_layers if self._is_coded else {layer.name: layer for layer in self.layers}

    def named_weights(
        self, prefix: str | None = None, scopes: bool = False
    ) -> Iterator[tuple[str, Variable]]:
        """Those of the layers; the model's own name stands in no weight's, as in TF.js."""
        if (
            self._is_coded
        ):  # by the attributes that hold them: names of layers are made up anew in each process
            lead = f"{prefix}/" if prefix else ""
            for weight in self._taken_weights():
                yield f"{lead}{weight.short_name}", weight.variable
            for path, one in self._inner_layers.items():
                yield from _by_place(f"{lead}{one.name if scopes else path}", one, scopes)
            return
        for layer in self.layers:
            yield from layer.named_weights(prefix and f"{prefix}/{layer.name}", scopes)

    @property
    def weights(self) -> list[Variable]:
        """All variables, layer by layer, whatever is frozen."""
        if self._is_coded:
            return super().weights
        return list({one.id: one for layer in self.layers for one in layer.weights}.values())

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if self._is_coded:
            raise ArgumentError(f"model class {type(self).__name__} has no call()")
        masks = None if mask is None else by_keys(mask, self._input_words)
        results, _ = self._run_with_masks(by_keys(inputs, self._input_words), masks, training, {})
        return self._packed_outputs(results)

    def _grouped_inputs(self, inputs: Any) -> list[Any]:
        """Those of a graph by the keys of its inputs, or by their names.

        `inputs`: a tensor, a list or a dict of them.
        """
        if self._calls_graph is None or not isinstance(inputs, Mapping):
            return super()._grouped_inputs(inputs)
        return group_of(inputs, names_for(inputs, cast(Any, self)), "inputs", f"model {self.name!r}")

    def _run_with_masks(
        self, group: list[Tensor], masks: list[Mask] | None, training: bool | None, arguments: dict[str, Any]
    ) -> tuple[list[Tensor], list[Mask] | None]:
        """The outputs for the inputs, and the masks of the outputs, for losses and metrics."""
        if self._calls_graph is None:
            return super()._run_with_masks(group, masks, training, arguments)
        if len(group) != len(self._symbolic_inputs):
            raise ArgumentError(
                f"model {self.name!r} takes {len(self._symbolic_inputs)} inputs "
                f"({', '.join(self._input_words)}), "
                f"but {len(group)} were given"
            )
        group = [of_rank(one, symbol.shape) for one, symbol in zip(group, self._symbolic_inputs, strict=True)]
        return self._calls_graph.run(group, masks, arguments.get("training", training))

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
        for one in self._with_inner_layers():
            if one is not self and getattr(one, "stateful", False):
                one.reset_states()

    @checked
    def to_json(self, return_string: bool = True) -> Any:
        """What the model is made of, without weights: of `gl.models.model_from_json`. As `model.toJSON`.

        `return_string`: whether as a JSON text, not as a dict.

        >>> import glbackend as gl
        >>> gl.sequential([gl.layers.dense(units=1)]).to_json(return_string=False)["class_name"]
        'Sequential'
        """
        topology = topology_of(self)
        return json.dumps(topology) if return_string else topology

    def _own_config(self) -> dict[str, Any]:
        """What the config of any model holds: its name, and where it is frozen that."""
        return {"name": self.name} | ({} if self._trainable else {"trainable": False})

    def get_config(self) -> dict[str, Any]:
        """The graph in Keras's spelling, of a class with a `call` its name and what it was made of."""
        if self._calls_graph is None and not type(self).get_config.__module__.startswith("glbackend."):
            return self._own_config()
        if self._calls_graph is None:
            given = vars(self).get("_given")
            if given is None:
                raise ArgumentError(
                    f"{type(self).__name__} {self.name!r} is a class with a call() of its own, made of more "
                    f"than numbers and texts: give the class a get_config(); save_weights and load_weights "
                    f"keep its weights; or make the model of layers with gl.model(inputs, outputs)"
                )
            known = parameters_of(type(self))
            own = {key: one for key, one in self._own_config().items() if key != "name" or key in known}
            return {**own, **given}
        with shared_written(lambda: shared_layers(self)):
            keys = {"input_keys": self._input_keys, "output_keys": self._output_keys}
            named = {key: list(one) for key, one in keys.items() if one is not None}
            return {**self._own_config(), **graph_config(self.layers, self._calls_graph), **named}

    @classmethod
    def from_config(cls, config: Any) -> "Model":
        """A model of such a graph; one of a class with a `call`, of such arguments."""
        if "layers" not in config and cls is not Model:
            known = parameters_of(cls)
            made = cls(
                **{key: one for key, one in config.items() if key in known or key not in KNOWN_BESIDES}
            )
            if config.get("trainable") is False:
                made.trainable = False
            return made
        with shared_read():
            inputs, outputs = graph_of(config)
        return cls(
            inputs=keyed(inputs, config.get("input_keys")),
            outputs=keyed(outputs, config.get("output_keys")),
            **own_options(config),
        )
